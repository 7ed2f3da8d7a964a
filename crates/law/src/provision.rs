//! Provisions as lawyers write them: `7(10)(f)` is article 7, paragraph 10, letter f. A provision in square brackets,
//! `[content of requests]`, is a heading whose number is not held.

/// The article and the paragraph, if the provision names one.
pub(crate) fn article_and_paragraph(provision: &str) -> (&str, Option<u32>) {
    match provision.split_once('(') {
        None => (provision, None),
        Some((article, rest)) => (article, rest.split(')').next().and_then(|n| n.parse().ok())),
    }
}

/// Whether a provision is another or stands in it: 36(2)(b)(i) in 36(2)(b).
pub(crate) fn within(provision: &str, of: &str) -> bool {
    provision.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}

/// A protocol that takes a rule's place, and the article of it that does so, if it is named: `ets98 5`.
pub(crate) fn protocol(by: &str) -> (&str, Option<&str>) {
    by.split_once(' ').map_or((by, None), |(id, article)| (id, Some(article)))
}

/// Whether only the heading is known.
pub(crate) fn is_heading(provision: &str) -> bool {
    provision.starts_with('[') && provision.ends_with(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provision_is_taken_apart_into_article_and_paragraph() {
        for (text, article, paragraph) in
            [("7(10)(f)", "7", Some(10)), ("7", "7", None), ("11(1)(a)", "11", Some(1)), ("2(a)", "2", None)]
        {
            assert_eq!(article_and_paragraph(text), (article, paragraph));
        }
        assert!(is_heading("[content of requests]") && !is_heading("7(10)"));
    }
}
