use super::*;
use crate::sample::{ORIGIN, signer};

fn root() -> Hash {
    Hash::of_leaf(b"root")
}

fn good() -> String {
    Checkpoint::sign(&signer(), 20, root())
}

fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::parse(text.as_bytes(), signer().public())
}

/// A signature line with `bytes` behind the key id.
fn line(name: &str, id: [u8; 4], bytes: &[u8]) -> String {
    format!("— {name} {}\n", STANDARD.encode([&id, bytes].concat()))
}

#[test]
fn one_checkpoint_to_the_byte() {
    insta::assert_snapshot!(good());
}

#[test]
fn a_checkpoint_reads_back_with_witnesses_beside_it() {
    let expected = Checkpoint { origin: ORIGIN.to_owned(), size: 20, root: root() };
    assert_eq!(parse(&good()), Ok(expected.clone()));
    let witness = line("witness.example/w1", [1, 2, 3, 4], &[5; 72]);
    assert_eq!(parse(&format!("{}{}", good(), witness.repeat(16))), Ok(expected.clone()));
    assert_eq!(parse(&format!("{}{}", good(), witness.repeat(17))), Err(CheckpointError::TooManySignatures));
    // The log's name with an unknown key id is another key, such as the next one.
    assert_eq!(parse(&format!("{}{}", good(), line(ORIGIN, [1, 2, 3, 4], &[5; 64]))), Ok(expected));
}

#[test]
fn malformed_notes_are_refused() {
    use CheckpointError as E;
    let root = STANDARD.encode(root().0);
    let cases = [
        (good().replace('\n', "\r\n"), E::Control),
        (good().replacen('\n', "\0\n", 1), E::Control),
        (good().replace("\n\n", "\n"), E::Shape),
        (good().trim_end().to_owned(), E::Shape),
        (good().replace(&root, &format!("{root}\nextension")), E::Shape),
        (format!("\n{}", good()), E::Shape),
        (good().replacen("log1", "log2", 1), E::Origin),
        (good().replace("\n20\n", "\n020\n"), E::Size),
        (good().replace("\n20\n", "\n+20\n"), E::Size),
        (good().replace("\n20\n", "\n-1\n"), E::Size),
        (good().replace("\n20\n", "\n18446744073709551616\n"), E::Size),
        (good().replace("\n20\n", "\n21\n"), E::Signature),
        (good().replace(&root, root.trim_end_matches('=')), E::Root),
        (good().replace(&root, &root[4..]), E::Root),
        (good().replace(&root, &format!("{}B=", &root[..42])), E::Root),
        (good().replace("— ", "- "), E::SignatureLine { line: 1 }),
        (format!("{}\n", good()), E::SignatureLine { line: 2 }),
        (format!("{}— a+b AAAAAAAA\n", good()), E::SignatureLine { line: 2 }),
        (format!("{}— a AAAA\n", good()), E::SignatureLine { line: 2 }),
        (format!("{}{}", good(), line(ORIGIN, signer().public().id(), &[5; 64])), E::Unsigned),
        (good().replacen(&format!("— {ORIGIN}"), "— other", 1), E::Unsigned),
        (String::new(), E::Shape),
        ("x".repeat(CHECKPOINT_BYTES_MAX + 1), E::TooLarge { bytes: CHECKPOINT_BYTES_MAX + 1 }),
    ];
    for (text, error) in cases {
        assert_eq!(parse(&text), Err(error), "{text}");
    }
    assert_eq!(Checkpoint::parse(b"\xff\n\n", signer().public()), Err(E::Control));
}

#[test]
fn signatures_that_a_lax_verifier_accepts_are_refused() {
    let body = body(ORIGIN, 20, &root());
    let signature = signer().sign(body.as_bytes());
    // The order of the group, added to S: the same equation, another text.
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let (mut large, mut carry) = (signature, 0);
    for (byte, add) in large[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + add + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    let mut small_order = [0; 64];
    small_order[0] = 1;
    for wrong in [large, small_order, [0; 64], [0xff; 64]] {
        let text = format!("{body}\n{}", line(ORIGIN, signer().public().id(), &wrong));
        assert_eq!(parse(&text), Err(CheckpointError::Signature));
    }
    let short = format!("{body}\n{}", line(ORIGIN, signer().public().id(), &signature[..63]));
    assert_eq!(parse(&short), Err(CheckpointError::SignatureLine { line: 1 }));
}

#[test]
fn another_key_of_the_same_name_does_not_sign() {
    let other = Signer::from_seed(ORIGIN, &[8; 32]).unwrap();
    assert_eq!(parse(&Checkpoint::sign(&other, 20, root())), Err(CheckpointError::Unsigned));
}
