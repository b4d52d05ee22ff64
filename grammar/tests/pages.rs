//! Each page of `docs/diagnostics` that speaks of syntax shows what it says.

use std::path::Path;

use permit_grammar::parse;
use permit_grammar::span::SourceId;
use permit_grammar::syntax_error::SyntaxErrorKind;

/// Codes whose smallest example is larger than a page.
const WITHOUT_EXAMPLE: [&str; 2] = ["P0014", "P0015"];

fn codes(text: &str) -> Vec<&'static str> {
    parse(SourceId(0), text).errors.iter().map(|error| error.code()).collect()
}

#[test]
fn the_first_example_has_the_error_and_the_second_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics");
    for &code in SyntaxErrorKind::CODES {
        let page = std::fs::read_to_string(folder.join(format!("{code}.md"))).expect(code);
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        let fences: Vec<&str> =
            page.split("```permit\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        if WITHOUT_EXAMPLE.contains(&code) {
            assert!(fences.is_empty(), "{code}");
            continue;
        }
        let [bad, good] = fences.as_slice() else { panic!("{code} has {} examples", fences.len()) };
        let found = codes(bad);
        assert!(found.contains(&code), "{code}: the example gives {found:?}");
        assert!(found.len() == 1 || code == "P0048", "{code}: the example gives {found:?}");
        assert_eq!(codes(good), Vec::<&str>::new(), "{code}: the fix");
    }
}
