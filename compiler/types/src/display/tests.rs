use proptest::prelude::*;

use super::*;

/// The classes by other tables than those that implement them.
fn is_of_a_class(c: char) -> bool {
    use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
    use icu_properties::{CodePointMapData, CodePointSetData};
    let classes = GeneralCategoryGroup::Control
        .union(GeneralCategoryGroup::Format)
        .union(GeneralCategoryGroup::LineSeparator)
        .union(GeneralCategoryGroup::ParagraphSeparator);
    classes.contains(CodePointMapData::<GeneralCategory>::new().get(c))
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Any text, with many characters that are to be escaped and many words of mixed scripts.
fn any_text() -> impl Strategy<Value = String> {
    let interesting = prop::sample::select(vec![
        'a',
        'B',
        '7',
        ' ',
        '.',
        '_',
        '\\',
        '\n',
        '\r',
        '\t',
        '\0',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{ad}',
        '\u{61c}',
        '\u{200b}',
        '\u{200d}',
        '\u{2028}',
        '\u{2029}',
        '\u{202e}',
        '\u{2066}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{e0041}',
        '\u{e0100}',
        'а',
        'і',
        'ο',
        'é',
        '中',
        'か',
        '한',
        'ש',
        'م',
        '\u{301}',
        '👩',
    ]);
    prop::collection::vec(prop_oneof![3 => interesting, 1 => any::<char>()], 0..24)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_invisible_comes_out(text in any_text()) {
        prop_assert!(!line(&text).contains(is_of_a_class));
        prop_assert!(is_printable(&line(&text)));
        prop_assert_eq!(is_printable(&text), !text.contains(is_of_a_class));
        prop_assert!(!start(&text, 5).contains(is_of_a_class));
        prop_assert!(!lines(&text).contains(|c| is_of_a_class(c) && c != '\n' && c != '\t'));
        prop_assert!(!Excerpt::new(&text).text().replace("\r\n", "\n").contains(|c| is_of_a_class(c) && c != '\n' && c != '\t'));
    }

    #[test]
    fn what_is_shown_is_shown_unchanged_again(text in any_text()) {
        let once = line(&text).into_owned();
        prop_assert_eq!(&line(&once), &once);
    }

    #[test]
    fn json_keeps_its_value(text in any_text()) {
        let raw = serde_json::to_string_pretty(&[[&text], [&text]]).unwrap();
        let shown = json(&raw);
        prop_assert!(!shown.contains(|c| is_of_a_class(c) && c != '\n'));
        prop_assert_eq!(serde_json::from_str::<Vec<[String; 1]>>(&shown).unwrap(), [[text.clone()], [text]]);
    }

    #[test]
    fn an_excerpt_shows_each_character_at_its_place(text in any_text()) {
        let excerpt = Excerpt::new(&text);
        let mut end = 0;
        for (at, c) in text.char_indices() {
            let range = excerpt.range(at..at + c.len_utf8());
            prop_assert_eq!(range.start, end);
            end = range.end;
            let shown = &excerpt.text()[range];
            prop_assert!(shown == c.to_string() || shown == c.escape_unicode().to_string(), "{:?}", shown);
        }
        prop_assert_eq!(end, excerpt.text().len());
    }

    #[test]
    fn a_text_of_one_script_is_unchanged(
        text in prop_oneof![
            "[ -~]{0,20}", "[\u{410}-\u{44f} ]{0,20}", "[\u{3b1}-\u{3c9} ]{0,20}", "[\u{5d0}-\u{5ea} ]{0,20}",
            "[\u{621}-\u{63a} ،]{0,20}", "[\u{4e00}-\u{9fa5}]{0,20}", "[\u{3041}-\u{3096}\u{30a1}-\u{30fa}a-z]{0,20}",
            "[\u{ac00}-\u{d7a3}A-Z0-9]{0,20}", "[\u{905}-\u{939}\u{93e}-\u{94c}]{0,20}", "[\u{c0}-\u{d6}a-z0-9]{0,20}",
        ]
    ) {
        prop_assert_eq!(line(&text), text.as_str());
    }
}

#[test]
fn every_character_of_a_class_is_escaped_and_no_other() {
    for c in '\0'..=char::MAX {
        let text = c.to_string();
        let escape = c.escape_unicode().to_string();
        let expected = if is_of_a_class(c) { &escape } else { &text };
        assert_eq!(line(&text), expected.as_str());
    }
}

#[test]
fn known_tricks_are_visible() {
    let cases = [
        ("", ""),
        ("plain \"text\" of 100 % C:\\u{1}", "plain \"text\" of 100 % C:\\u{1}"),
        ("\u{9b}2K\u{1b}[1A\r\n", r"\u{9b}2K\u{1b}[1A\u{d}\u{a}"),
        ("\u{202e})DSU 00.9( tnuoma\u{202c}", r"\u{202e})DSU 00.9( tnuoma\u{202c}"),
        ("pay\u{200b}pal", r"pay\u{200b}pal"),
        ("👩\u{200d}🔬 ❤\u{fe0f}", r"👩\u{200d}🔬 ❤\u{fe0f}"),
        ("tag\u{e0041}", r"tag\u{e0041}"),
        ("p\u{430}ypal.com", r"p\u{430}ypal.com"),
        ("ap\u{3c1}le to \u{441}\u{43e}\u{440}\u{435}", "ap\\u{3c1}le to соре"),
        ("M\u{fc}ller, e\u{301}t\u{e9}", "Müller, e\u{301}té"),
        ("\u{3b1}-helix, 5 \u{3a9}, 10\u{43a}\u{433}", "α-helix, 5 Ω, 10кг"),
        ("USBケーブル, 5月, A급", "USBケーブル, 5月, A급"),
        ("\u{561}\u{562}c", r"\u{561}\u{562}c"),
        ("سلام (שלום)", "سلام (שלום)"),
    ];
    for (text, expected) in cases {
        assert_eq!(line(text), expected, "{text:?}");
    }
    assert_eq!(lines("a\n\tb\r\n\u{7f}"), "a\n\tb\\u{d}\n\\u{7f}");
    assert_eq!(start("ab\u{7}cd", 3), r"ab\u{7}");
    assert_eq!(json("{\"a\":\"\u{7f}\u{e0041}\"}\n"), "{\"a\":\"\\u007f\\udb40\\udc41\"}\n");
}
