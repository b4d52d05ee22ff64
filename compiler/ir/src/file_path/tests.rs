use proptest::prelude::*;

use super::*;

fn path(text: &str) -> FilePath {
    text.parse().unwrap()
}

#[test]
fn a_path_lies_in_its_prefixes_and_in_nothing_else() {
    let prefixes = |text: &str| path(text).prefixes().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(prefixes("/"), ["/"]);
    assert_eq!(prefixes("/srv"), ["/", "/srv"]);
    assert_eq!(prefixes("/srv/été/x.y"), ["/", "/srv", "/srv/été", "/srv/été/x.y"]);
    let all = ["/", "/a", "/a/b", "/ab", "/a/bc", "/a/b/c"];
    for (text, other) in all.iter().flat_map(|text| all.iter().map(move |other| (text, other))) {
        assert_eq!(
            path(text).within(&path(other)),
            prefixes(text).iter().any(|p| p == other),
            "{text} {other}"
        );
    }
}

#[test]
fn paths_are_normal_or_refused() {
    let cases = [
        ("/", "/"),
        ("/srv/data/", "/srv/data"),
        ("//srv///data/./x", "/srv/data/x"),
        ("/srv/data/../etc", "/srv/etc"),
        ("/srv/..", "/"),
        ("/srv/...", "/srv/..."),
        ("/srv/%2e%2e/x", "/srv/%2e%2e/x"),
        ("/Srv/été", "/Srv/été"),
    ];
    for (text, normal) in cases {
        assert_eq!(path(text).as_str(), normal, "{text}");
    }
    let refused = [
        ("", PathError::Relative),
        ("srv/data", PathError::Relative),
        ("~/x", PathError::Relative),
        ("C:\\x", PathError::Relative),
        ("/..", PathError::Escapes),
        ("/srv/../../etc/passwd", PathError::Escapes),
        ("/srv/data\0.txt", PathError::Control),
        ("/srv/\nx", PathError::Control),
    ];
    for (text, error) in refused {
        assert_eq!(text.parse::<FilePath>(), Err(error), "{text}");
    }
    assert_eq!(format!("/{}", "a".repeat(PATH_BYTES_MAX)).parse::<FilePath>(), Err(PathError::TooLong));
}

#[test]
fn a_path_lies_in_another_by_whole_segments() {
    let cases = [
        ("/srv/data", "/srv/data", true),
        ("/srv/data/x", "/srv/data", true),
        ("/srv/database", "/srv/data", false),
        ("/srv", "/srv/data", false),
        ("/srv/data/../secret", "/srv/data", false),
        ("/x", "/", true),
        ("/SRV/data", "/srv", false),
    ];
    for (inner, outer, expected) in cases {
        assert_eq!(path(inner).within(&path(outer)), expected, "{inner} within {outer}");
    }
}

#[test]
fn a_path_has_a_name_an_extension_and_a_parent() {
    let cases = [
        ("/", "", "", "/"),
        ("/a", "a", "", "/"),
        ("/a/b.tar.GZ", "b.tar.GZ", "gz", "/a"),
        ("/a/.env", ".env", "", "/a"),
        ("/a/b.", "b.", "", "/a"),
    ];
    for (text, name, extension, parent) in cases {
        let path = path(text);
        let parts = (path.name(), path.extension(), path.parent());
        assert_eq!(parts, (name, extension.to_owned(), self::path(parent)), "{text}");
    }
}

/// The segments a naive reader ends up in; `None` above the root.
fn naive(text: &str) -> Option<Vec<&str>> {
    let mut at = Vec::new();
    for step in text.split('/') {
        match step {
            ".." if at.pop().is_none() => return None,
            "" | "." | ".." => {}
            name => at.push(name),
        }
    }
    Some(at)
}

proptest! {
    #[test]
    fn normal_paths_are_where_a_naive_walk_ends(one in "(/(a|b|ab|\\.|\\.\\.)?){0,6}", other in "(/(a|b|ab)){0,3}") {
        let (one, other) = (format!("/{one}"), format!("/{other}"));
        let (parsed, walked) = (one.parse::<FilePath>().ok(), naive(&one));
        prop_assert_eq!(parsed.as_ref().map(|p| p.segments().collect::<Vec<_>>()), walked.clone());
        if let (Some(parsed), Some(walked)) = (parsed, walked) {
            prop_assert_eq!(parsed.as_str().parse::<FilePath>(), Ok(parsed.clone()));
            let outer = naive(&other).unwrap();
            prop_assert_eq!(parsed.within(&path(&other)), walked.starts_with(&outer));
        }
    }
}
