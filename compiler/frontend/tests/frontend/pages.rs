//! Each diagnostic's page is its golden case: the first code block triggers it, the second is the fix.

use permit_frontend::render::{Colour, render};
use permit_frontend::{Code, Severity, doc};

use crate::samples::{compiled, fences, numbers, sources};

/// Codes whose smallest example is larger than a page.
const WITHOUT_EXAMPLE: [&str; 2] = ["P0014", "P0015"];

/// The code whose example needs a hundred others.
const BESIDE_OTHERS: &str = "P0048";

/// The first code that is not about syntax.
const FIRST_OF_MEANING: &str = "P0100";

#[test]
fn the_first_fence_draws_the_code_alone_and_the_second_no_error() {
    let faults: Vec<String> = Code::ALL.iter().filter_map(|&code| fault(code)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with a page, if anything is.
fn fault(code: Code) -> Option<String> {
    let page = doc(code.number()).expect("every code has a page");
    assert!(page.starts_with(&format!("# {code}: {}\n", code.title())), "{code}: the heading is the title");
    let fences = fences(page, "permit");
    if WITHOUT_EXAMPLE.contains(&code.number()) {
        return (!fences.is_empty()).then(|| format!("{code} has an example after all"));
    }
    let [bad, good] = fences.as_slice() else { return Some(format!("{code} has {} fences", fences.len())) };
    let (found, fixed) = (compiled(bad), compiled(good));
    let fix_is_clean = fixed.diagnostics.iter().all(|found| {
        // The pages on syntax leave unused what they show.
        found.severity == Severity::Warning && code.number() < FIRST_OF_MEANING
    });
    if fixed.program.is_none() || !fix_is_clean {
        return Some(format!(
            "{code}: the fix\n{}",
            render(&sources(good), &fixed.diagnostics, Colour::Never)
        ));
    }
    if code.number() == BESIDE_OTHERS {
        return None;
    }
    let shown = render(&sources(bad), &found.diagnostics, Colour::Never);
    if numbers(&found) != [code.number()] {
        return Some(format!("{code}: the example\n{shown}"));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(code.number(), format!("{bad}\n{shown}"));
    });
    None
}

#[test]
fn numbers_ascend_and_every_syntax_error_has_its_code() {
    let numbers: Vec<&str> = Code::ALL.iter().map(|code| code.number()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b));
    let syntax: Vec<&str> = numbers.into_iter().filter(|number| *number < FIRST_OF_MEANING).collect();
    assert_eq!(syntax, permit_grammar::syntax_error::SyntaxErrorKind::CODES);
}

#[test]
fn messages_are_written_in_the_house_style() {
    for code in Code::ALL {
        let page = doc(code.number()).expect("every code has a page");
        let Some(bad) = fences(page, "permit").first().copied() else { continue };
        for diagnostic in &compiled(bad).diagnostics {
            let labels = diagnostic.secondary.iter().chain([&diagnostic.primary]).map(|label| &label.text);
            let help = diagnostic.help.as_ref().unwrap_or_else(|| panic!("{code} has no help"));
            for text in labels.chain([&diagnostic.message, help]) {
                let first = text.chars().next().unwrap_or('a');
                assert!(!first.is_uppercase() && !text.ends_with('.'), "{code}: {text}");
                assert!(text.matches('`').count() % 2 == 0, "{code}: {text}");
            }
        }
    }
}
