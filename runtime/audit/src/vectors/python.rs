//! Runs the scripts of `docs/formats/audit.md` with Python and OpenSSL.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{root, valid};
use crate::sample::{disclosures, signer};

/// The Python scripts of the document: inclusion, signature, disclosure.
fn scripts() -> [String; 3] {
    let document = fs::read_to_string(root().join("docs/formats/audit.md")).unwrap();
    let blocks =
        document.split("```python\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect::<Vec<_>>().try_into().unwrap()
}

fn succeeds(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} must be there: {error}"));
    if !output.status.success() {
        println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

fn python(folder: &Path, script: &str) -> bool {
    fs::write(folder.join("check.py"), script).unwrap();
    succeeds(folder, "python3", &["check.py"])
}

/// The line of the document.
fn openssl(folder: &Path) -> bool {
    let line = "pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in signed -sigfile signature";
    succeeds(folder, "openssl", &line.split(' ').collect::<Vec<_>>())
}

#[test]
fn the_documents_scripts_verify_a_record_and_find_a_changed_one() {
    let [inclusion, signature, disclosure] = scripts();
    let document = fs::read_to_string(root().join("docs/formats/audit.md")).unwrap();
    assert!(document.contains(
        "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in signed -sigfile signature"
    ));
    let log = valid::log();
    let (folder, size) = (tempfile::TempDir::new().unwrap(), log.tree.size());
    let folder = folder.path();
    let put = |file: &str, content: &[u8]| fs::write(folder.join(file), content).unwrap();
    put("checkpoint", log.checkpoint().as_bytes());
    put("log.vkey", format!("{}\n", signer().public()).as_bytes());
    for index in 0..size {
        let record = &log.records[usize::try_from(index).unwrap()];
        put("record.json", record);
        put("proof.json", &serde_json::to_vec(&log.tree.inclusion(index, size).unwrap()).unwrap());
        assert!(python(folder, &inclusion) && openssl(folder), "record {index}");
        assert!(python(folder, &signature) && openssl(folder), "record {index}");
        put("record.json", &[record.as_slice(), b" "].concat());
        assert!(!python(folder, &inclusion) && !python(folder, &signature), "record {index}");
    }
    let allowance = String::from_utf8(log.records[2].clone()).unwrap();
    put("record.json", allowance.replace("task-1", "task-2").as_bytes());
    assert!(python(folder, &signature) && !openssl(folder));
    put("record.json", allowance.as_bytes());
    for opening in disclosures() {
        put("disclosure.txt", opening.as_str().as_bytes());
        assert!(python(folder, &disclosure), "{}", opening.name());
    }
    let lie = crate::Disclosure::new(&[1; 16], "amount", "6.00 USD".into()).unwrap();
    put("disclosure.txt", lie.as_str().as_bytes());
    assert!(!python(folder, &disclosure));
}
