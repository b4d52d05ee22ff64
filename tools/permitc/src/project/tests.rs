use super::*;

const GOOD: &str = "name = \"acme\"\nedition = 2026\nversion = \"1\"\n";

#[test]
fn what_is_not_a_setting_is_refused_with_its_place() {
    let cases = [
        ("", "missing field `name`"),
        ("name = \"a\"\nedition = 2026\n", "missing field `version`"),
        ("nome = \"a\"\n", "unknown field `nome`"),
        ("name = \"a\"\nedition = 2027\nversion = \"1\"\n", "this permitc supports edition 2026"),
        ("name = \"\"\nedition = 2026\nversion = \"1\"\n", "name: expected"),
        (
            "name = \"a\"\nedition = 2026\nversion = \"1\"\npolicy = []\n",
            "no files or directories are listed",
        ),
        (
            "name = \"a\"\nedition = 2026\nversion = \"1\"\nfacts = \"../f.json\"\n",
            "below the project directory",
        ),
        (
            "name = \"a\"\nedition = 2026\nversion = \"1\"\npolicy = [\"/etc\"]\n",
            "below the project directory",
        ),
        ("name = \"a\"\nedition = 2026\nversion = \"1\"\n[lints]\nP9999 = \"allow\"\n", "lints.P9999"),
        (
            "name = \"a\"\nedition = 2026\nversion = \"1\"\n[lints]\nP0200 = \"hide\"\n",
            "unknown variant `hide`",
        ),
        (
            "name = \"a\"\nedition = 2026\nversion = \"1\"\ntime_zones = \"1999a\"\n",
            "time_zones 1999a: this permitc has time zone data ",
        ),
        ("name = ", "line 1"),
    ];
    for (text, expected) in cases {
        let problem = Settings::parse(text).unwrap_err().to_string();
        assert!(problem.contains(expected), "{text:?} gave {problem}");
    }
}

#[test]
fn levels_drop_and_deny_warnings_and_leave_errors() {
    let text = "edition 2026;\nmodule a.b;\nresource Doc { title: string; }\naction read() on Doc;\n";
    let sources = permit_frontend::Sources::single("a", text).unwrap();
    let found = permit_frontend::compile(&sources).diagnostics;
    assert!(!found.is_empty() && found.iter().all(|d| d.severity == Severity::Warning));
    let with = |levels: &str| {
        let settings = Settings::parse(&format!("{GOOD}[lints]\n{levels}")).unwrap();
        let mut found = found.clone();
        settings.lints.apply(&mut found);
        found.iter().map(|d| (d.code.number(), d.severity)).collect::<Vec<_>>()
    };
    assert!(with("warnings = \"allow\"").is_empty());
    assert!(with("warnings = \"deny\"").iter().all(|(_, severity)| *severity == Severity::Error));
    let code = found[0].code.number();
    assert!(with(&format!("{code} = \"allow\"")).iter().all(|(number, _)| *number != code));
    assert_eq!(with("").len(), found.len());
}

#[test]
fn denied_warnings_spare_what_is_allowed() {
    let lints = |text: &str| Settings::parse(&format!("{GOOD}[lints]\n{text}")).unwrap().lints;
    let denied = lints("P0200 = \"allow\"\nP0201 = \"warn\"").deny_warnings();
    assert_eq!(denied, lints("P0200 = \"allow\"\nP0201 = \"deny\"\nwarnings = \"deny\""));
}

#[test]
fn the_time_zone_data_of_this_permitc_is_taken() {
    let settings = Settings::parse(&format!("{GOOD}time_zones = \"{}\"\n", tzdb_version())).unwrap();
    assert_eq!(settings.time_zones.as_deref(), Some(tzdb_version()));
}
