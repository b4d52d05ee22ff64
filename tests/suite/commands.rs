//! The commands of `permitc` and `permitd`: what they print, and their exit codes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use permit_test_support::daemon::{Ended, run};
use permit_test_support::stage::{PURCHASE_BOT, Stage, acme_facts, now_ms};
use permit_test_support::world::repository;
use tempfile::TempDir;

const PERMITC: &str = env!("CARGO_BIN_EXE_suite-permitc");
const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");

/// A folder in which commands are run.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for name in ["organisation.permit", "purchasing.permit", "support.permit"] {
            fs::create_dir_all(desk.path().join("acme")).unwrap();
            fs::copy(repository("examples/acme").join(name), desk.path().join("acme").join(name)).unwrap();
        }
        desk.write("facts.json", acme_facts(now_ms()));
        let request = r#"{"action": "spend", "resource": "paperworks", "arguments": {"amount": "5.00 USD"}}"#;
        desk.write("request.json", request);
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), bytes).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Ended {
        run(Command::new(program).args(arguments).current_dir(self.path()))
    }

    fn permitc(&self, arguments: &[&str]) -> Ended {
        self.run(PERMITC, arguments)
    }

    /// The command ends with this code and does not panic.
    fn ends(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.permitc(arguments);
        assert_eq!(ended.code(), code, "{arguments:?}: {ended:?}");
        assert!(!ended.stderr.contains("panicked"), "{ended:?}");
        ended
    }
}

const THREE_MISTAKES: &str = r#"edition 2026;
module shop;

agent Buyer identified by "spiffe://acme.example/agent/buyer/*" {}
resource Vendor { approved: bool; }

action spend(amount: money[USD]) on Vendor;

permit small: spend by Buyer
    when amout <= 50.00 USD
    because "small purchases need no person";

permit large: spend by Buyer
    when resource.approved and amount <= 500
    because "approved vendors may cost more";

forbid never: spent
    unless resource.approved
    because "nobody buys from an unapproved vendor";
"#;

/// Every diagnostic has its code, its place and a help line.
#[test]
fn three_mistakes_are_three_diagnostics() {
    let desk = Desk::new();
    desk.write("shop.permit", THREE_MISTAKES);
    let ended = desk.ends(&["check", "shop.permit"], 1);
    let shown = format!("{}{}", ended.stdout, ended.stderr);
    for (mark, count) in [("] Error: ", 3), ("─[ shop.permit:", 3), ("Help: ", 3)] {
        assert_eq!(shown.matches(mark).count(), count, "{mark}\n{shown}");
    }
    insta::assert_snapshot!("three_mistakes", format!("{THREE_MISTAKES}\n-- permitc check\n{shown}"));
}

#[test]
fn check_distinguishes_clean_from_unreadable() {
    let desk = Desk::new();
    let clean = desk.ends(&["check", "acme"], 0);
    assert!(clean.stdout.contains("no errors") && clean.stderr.is_empty(), "{clean:?}");
    desk.write("latin1.permit", b"edition 2026; // caf\xe9");
    fs::create_dir(desk.path().join("empty")).unwrap();
    for (arguments, expected) in [
        (&["check", "missing.permit"][..], "missing.permit"),
        (&["check", "latin1.permit"], "not UTF-8 at byte 20"),
        (&["check", "empty"], "no .permit files"),
        (&["check"], "no paths were given"),
        (&["chekc", "acme"], "chekc"),
    ] {
        let ended = desk.ends(arguments, 2);
        assert!(ended.stderr.contains(expected), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn a_bundle_is_built_signed_and_evaluated() {
    let desk = Desk::new();
    desk.ends(&["keygen", "--out", "mine"], 0);
    assert_eq!(mode(&desk.path().join("mine.key")), 0o600);
    desk.ends(&["keygen", "--out", "mine"], 2);
    desk.ends(&["keygen", "--out", "other"], 0);
    let build = ["build", "acme", "--key", "mine.key", "--out", "acme.permitb"];
    let built = desk.ends(&build, 0);
    assert!(built.stdout.contains("rules") && built.stdout.contains("sha256:"), "{built:?}");
    let first = fs::read(desk.path().join("acme.permitb")).unwrap();
    desk.ends(&build, 0);
    assert_eq!(
        first,
        fs::read(desk.path().join("acme.permitb")).unwrap(),
        "the same sources, the same bytes"
    );

    let eval = ["eval", "--facts", "facts.json", "--request", "request.json", "--agent", PURCHASE_BOT];
    let eval = |more: &[&str], code| desk.ends(&[&eval, more].concat(), code);
    let native = eval(&["acme.permitb", "--trusted", "mine.pub"], 0);
    let interpreted = eval(&["acme", "--interpreted"], 0);
    assert_eq!(native.stdout, interpreted.stdout);
    eval(&["acme.permitb"], 2);
    let untrusted = eval(&["acme.permitb", "--trusted", "other.pub"], 2);
    assert!(untrusted.stderr.contains("bundle_untrusted_key"), "{untrusted:?}");
    eval(&["acme.permitb", "--trusted", "mine.key"], 2);
    desk.write("acme.permitb", &first[..first.len() - 1]);
    eval(&["acme.permitb", "--trusted", "mine.pub"], 2);
    desk.write(
        "request.json",
        r#"{"action": "spend", "resource": "shady-deals", "arguments": {"amount": "5.00 USD"}}"#,
    );
    let denied = eval(&["acme"], 1);
    assert!(denied.stdout.contains("unapproved_vendor"), "{denied:?}");
    desk.write("request.json", r#"{"action": "burn"}"#);
    eval(&["acme"], 2);
    desk.write("request.json", "{");
    eval(&["acme"], 2);
    eval(&["acme", "--now", "yesterday"], 2);
}

#[test]
fn what_does_not_compile_is_not_built() {
    let desk = Desk::new();
    desk.write("shop.permit", THREE_MISTAKES);
    desk.ends(&["keygen", "--out", "mine"], 0);
    let refused = desk.ends(&["build", "shop.permit", "--key", "mine.key", "--out", "shop.permitb"], 1);
    assert!(refused.stdout.contains("Error") || refused.stderr.contains("Error"), "{refused:?}");
    assert!(!desk.path().join("shop.permitb").exists());
    desk.ends(&["build", "acme", "--key", "mine.pub", "--out", "acme.permitb"], 2);
    desk.ends(&["build", "acme", "--key", "nobody.key", "--out", "acme.permitb"], 2);
    assert!(!desk.path().join("acme.permitb").exists());
}

#[test]
fn a_code_is_explained() {
    let desk = Desk::new();
    let page = desk.ends(&["doc", "p0183"], 0);
    assert!(page.stdout.contains("P0183"), "{page:?}");
    let module = desk.ends(&["doc", "std.net"], 0);
    assert!(module.stdout.contains("`fn is_private(address: ip) -> bool`"));
    let all = desk.ends(&["doc", "--stdlib"], 0);
    assert_eq!(all.stdout, permit_test_support::world::read("docs/stdlib.md"));
    let unknown = desk.ends(&["doc", "P9999"], 2);
    assert!(unknown.stderr.contains("P9999"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_all_the_way() {
    let stage = Stage::acme();
    let server = stage.start().await.unwrap();
    let desk = Desk::new();
    let (identity, key) = (stage.certificate(PURCHASE_BOT), &stage.config.paths.log_public_key);
    let common = [
        "call",
        "--server",
        &stage.url,
        "--identity",
        identity.to_str().unwrap(),
        "--action",
        "spend",
        "--log-key",
        key.to_str().unwrap(),
        "--scope",
        "purchases:t",
        "--param",
        "most=100.00 USD",
    ];
    let call = |more: &[&str], code| desk.ends(&[&common, more].concat(), code);
    let allowed = call(&["--resource", "Vendor::paperworks", "--arg", "amount=5.00 USD", "--confirm"], 0);
    let lines: Vec<_> = allowed.stdout.lines().collect();
    assert!(
        lines.len() == 4 && lines[1].starts_with("inclusion verified: record 3, tree size 4"),
        "{allowed:?}"
    );
    assert!(
        lines[2].contains("\"type\":\"confirm\"")
            && lines[3].starts_with("inclusion verified: record 4, tree size 5"),
        "{allowed:?}"
    );
    let denied = call(&["--resource", "Vendor::shady-deals", "--arg", "amount=5.00 USD"], 1);
    assert!(denied.stdout.contains("\"outcome\":\"DENY\""), "{denied:?}");
    let in_short = denied.stdout.lines().last().unwrap();
    assert!(
        in_short.starts_with(r#"{"layer":"policy","agent":"purchase-bot","decision":"DENY","reason":""#),
        "{denied:?}"
    );
    let refused = call(&["--resource", "Vendor::paperworks", "--arg", "amount=5"], 1);
    assert!(
        refused.stderr.contains("400 invalid_request")
            && refused.stdout.contains("inclusion verified:")
            && refused.stdout.contains(r#"{"layer":"policy","#),
        "{refused:?}"
    );
    call(&["--resource", "paperworks"], 2);
    call(&["--arg", "amount"], 2);
    let other = Stage::acme();
    let other_key = ["--log-key", other.config.paths.log_public_key.to_str().unwrap()];
    let unproven = [&common[..7], &other_key, &common[9..]].concat();
    let ask = ["--resource", "Vendor::paperworks", "--arg", "amount=5.00 USD"];
    let unproven = desk.ends(&[&unproven[..], &ask].concat(), 1);
    assert!(unproven.stderr.contains("does not verify"), "{unproven:?}");
    server.stop().await.unwrap();
    call(&ask, 2);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn permitd_sets_up_a_folder_once() {
    let desk = Desk::new();
    let permitd = |arguments: &[&str], code: i32| {
        let ended = desk.run(PERMITD, arguments);
        assert_eq!(ended.code(), code, "{arguments:?}: {ended:?}");
        ended
    };
    permitd(&["init", "server"], 0);
    let folder = desk.path().join("server");
    for name in ["authority.key", "server.key", "token.key", "log.key", "bundle.key"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    let before = fs::read(folder.join("log.key")).unwrap();
    let again = permitd(&["init", "server"], 2);
    assert!(again.stderr.contains("exists already"), "{again:?}");
    fs::remove_file(folder.join("permitd.toml")).unwrap();
    permitd(&["init", "server"], 2);
    assert_eq!(before, fs::read(folder.join("log.key")).unwrap());

    permitd(&["init", "second"], 0);
    let issue = |agent: &str, out: &str, code| {
        permitd(&["issue-cert", "--config", "second/permitd.toml", "--agent", agent, "--out", out], code)
    };
    issue(PURCHASE_BOT, "buyer", 0);
    assert_eq!(mode(&desk.path().join("buyer/key.pem")), 0o600);
    issue(PURCHASE_BOT, "buyer", 2);
    issue("spiffe://elsewhere.example/agent/purchase/1", "elsewhere", 2);
    issue("purchase-bot", "nobody", 2);
    permitd(&["init", "third", "--public-url", "http://localhost:8443"], 2);
    permitd(&["serve"], 2);
    permitd(&["--version"], 0);
}
