//! The RFC's own vectors, and what must be refused.

use serde_json::{Value, json};

use super::*;

#[test]
fn the_example_of_rfc_8785_section_3_2_3_sorts_by_utf_16_code_units() {
    let value: Value = serde_json::from_str(
        r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
    )
    .expect("JSON");
    let text = String::from_utf8(to_bytes(&value).expect("canonical")).expect("UTF-8");
    let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
    let places: Vec<_> = order.iter().map(|word| text.find(word).expect("present")).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn the_literals_and_strings_of_rfc_8785_section_3_2_2() {
    let value = json!({"literals": [null, true, false], "string": "\u{20ac}$\u{000f}\nA'B\"\\\\\"/"});
    let expected = "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
    assert_eq!(to_bytes(&value).expect("canonical"), expected.as_bytes());
}

#[test]
fn the_library_writes_the_numbers_of_rfc_8785_appendix_b() {
    // Our own documents have no fractions; the kept library is held to the RFC's table all the same.
    let table: &[(u64, &str)] = &[
        (0x0000000000000000, "0"),
        (0x8000000000000000, "0"),
        (0x0000000000000001, "5e-324"),
        (0x7fefffffffffffff, "1.7976931348623157e+308"),
        (0x4340000000000000, "9007199254740992"),
        (0x4430000000000000, "295147905179352830000"),
        (0x44b52d02c7e14af5, "9.999999999999997e+22"),
        (0x44b52d02c7e14af6, "1e+23"),
        (0x444b1ae4d6e2ef4f, "999999999999999900000"),
        (0x444b1ae4d6e2ef50, "1e+21"),
        (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
        (0x3eb0c6f7a0b5ed8d, "0.000001"),
        (0x41b3de4355555553, "333333333.3333332"),
        (0x41b3de4355555555, "333333333.3333333"),
        (0xbecbf647612f3696, "-0.0000033333333333333333"),
    ];
    for (bits, expected) in table {
        let text = serde_json_canonicalizer::to_string(&f64::from_bits(*bits)).expect("finite");
        assert_eq!(&text, expected, "{bits:#x}");
    }
}

#[test]
fn only_the_canonical_spelling_is_read() {
    let table = [
        (r#"{"a":1,"b":[]}"#, true),
        (r#"{"b":[],"a":1}"#, false),
        (r#"{"a": 1,"b":[]}"#, false),
        ("{\"a\":1,\"b\":[]}\n", false),
        (r#"{"a":1,"a":1,"b":[]}"#, false),
        (r#"{"\u0061":1,"b":[]}"#, false),
        (r#"{"a":1.0,"b":[]}"#, false),
        (r#"{"a":1e0,"b":[]}"#, false),
        (r#"{"a":9007199254740993,"b":[]}"#, false),
        (r#"{"a":0.5,"b":[]}"#, false),
        (r#"{"a":-0,"b":[]}"#, false),
        ("{\"a\":\"\u{e9}\"}", true),
        (r#"{"a":"\u00e9"}"#, false),
        (r#"{"a":"\/"}"#, false),
        ("", false),
        ("\u{feff}{}", false),
        ("{}", true),
    ];
    for (text, accepted) in table {
        assert_eq!(Canonical::<Value>::parse(text.as_bytes()).is_ok(), accepted, "{text:?}");
    }
    assert!(Canonical::<Value>::parse(b"{\"a\":\"\xff\"}").is_err(), "not UTF-8");
}

#[test]
fn nesting_is_bounded_before_parsing() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(Canonical::<Value>::parse(deep.as_bytes()), Err(NotCanonical::Depth));
    let in_a_string = format!("[\"{}\"]", "[".repeat(100));
    assert!(Canonical::<Value>::parse(in_a_string.as_bytes()).is_ok());
}

#[test]
fn members_that_a_type_does_not_know_are_refused() {
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Small {
        a: u8,
    }
    assert!(Canonical::<Small>::parse(br#"{"a":1}"#).is_ok());
    assert!(matches!(Canonical::<Small>::parse(br#"{"a":1,"b":2}"#), Err(NotCanonical::Spelling(_))));
}
