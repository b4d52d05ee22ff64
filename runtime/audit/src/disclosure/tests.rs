use serde_json::json;

use super::*;
use crate::sample::allowed;

/// RFC 9901, section 4.2.1, as an SD-JWT library of another author writes it: spaces behind the commas.
const OF_THE_RFC: &str = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";

#[test]
fn the_example_of_the_rfc_has_its_hash() {
    let disclosure = Disclosure::parse(OF_THE_RFC).unwrap();
    assert_eq!((disclosure.name(), disclosure.value()), ("family_name", &json!("Möbius")));
    assert_eq!(disclosure.as_str(), OF_THE_RFC);
    assert_eq!(disclosure.commitment().to_string(), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
}

#[test]
fn a_disclosure_reads_back() {
    let made = Disclosure::new(&[1; 16], "amount", json!("50.00 USD")).unwrap();
    assert_eq!(Disclosure::parse(made.as_str()), Ok(made.clone()));
    assert_eq!(
        URL_SAFE_NO_PAD.decode(made.as_str()).unwrap(),
        br#"["AQEBAQEBAQEBAQEBAQEBAQ","amount","50.00 USD"]"#
    );
    for other in [
        Disclosure::new(&[2; 16], "amount", json!("50.00 USD")),
        Disclosure::new(&[1; 16], "amounts", json!("50.00 USD")),
        Disclosure::new(&[1; 16], "amount", json!("50.01 USD")),
    ] {
        assert_ne!(other.unwrap().commitment(), made.commitment());
    }
}

#[test]
fn other_texts_are_no_disclosures() {
    let salt = "AQEBAQEBAQEBAQEBAQEBAQ";
    let encoded = |json: String| URL_SAFE_NO_PAD.encode(json);
    let good = encoded(format!(r#"["{salt}","a","1"]"#));
    assert!(Disclosure::parse(&good).is_ok());
    for wrong in [
        encoded(format!(r#"["{salt}","1"]"#)),
        encoded(format!(r#"["{salt}","a","1",2]"#)),
        encoded(format!(r#"["{salt}",1,"1"]"#)),
        encoded(r#"["AQEBAQEBAQEBAQEBAQEB","a","1"]"#.to_owned()),
        encoded(format!(r#"["{}","a","1"]"#, &salt[1..])),
        encoded(r#"[1,"a","1"]"#.to_owned()),
        encoded(format!(r#"{{"{salt}":"a"}}"#)),
        format!("{good}="),
        format!("{good}\n"),
        "é".to_owned(),
        String::new(),
    ] {
        assert_eq!(Disclosure::parse(&wrong), Err(DisclosureError::Malformed), "{wrong}");
    }
    let long = "A".repeat(DISCLOSURE_BYTES_MAX + 1);
    assert_eq!(Disclosure::parse(&long), Err(DisclosureError::TooLarge { bytes: long.len() }));
    assert_eq!(Disclosure::parse(&long[1..]), Err(DisclosureError::Malformed));
    let value = json!("x".repeat(DISCLOSURE_BYTES_MAX));
    assert!(matches!(Disclosure::new(&[1; 16], "a", value), Err(DisclosureError::TooLarge { .. })));
}

#[test]
fn a_disclosure_opens_the_decision_that_commits_to_it() {
    let amount = Disclosure::new(&[1; 16], "amount", json!("600.00 USD")).unwrap();
    let level = Disclosure::new(&[2; 16], "agent.level", json!("3")).unwrap();
    let mut decision = allowed();
    decision.arguments = [("amount".to_owned(), amount.commitment())].into();
    decision.claims = [("agent.level".to_owned(), level.commitment())].into();
    assert_eq!((amount.check(&decision), level.check(&decision)), (Ok(()), Ok(())));
    let lie = Disclosure::new(&[1; 16], "amount", json!("6.00 USD")).unwrap();
    assert_eq!(lie.check(&decision), Err(DisclosureError::Differs { name: "amount".to_owned() }));
    let other = Disclosure::new(&[1; 16], "note", json!("600.00 USD")).unwrap();
    assert_eq!(other.check(&decision), Err(DisclosureError::Unknown { name: "note".to_owned() }));
}
