//! The page for people in a court export: plain HTML without script, style sheet, picture or link that leaves it.
//!
//! It is a rendering. What counts are the signed documents beside it; the page says so, and names the file of each.

use std::fmt::Write as _;

use super::names::{self, Form, Kind, Role};
use super::{Dossier, Step, thing_name};
use crate::custody::Drug;

/// What people put into titles cannot become markup, nor turn the direction of the text around it.
fn text(of: &str) -> String {
    let mut safe = String::with_capacity(of.len());
    for c in of.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => safe.push('\u{fffd}'),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
<title>Evidence export</title>\n<style>\nbody { font-family: sans-serif; line-height: 1.5; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }\n\
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem }\nth, td { border: 1px solid #767676; padding: .3rem .5rem; text-align: start; vertical-align: top; overflow-wrap: anywhere }\n\
code { overflow-wrap: anywhere }\n</style>\n</head>\n<body>\n<main>\n";

const CHECK: &str = "<h2>How to check this export</h2>\n\
<p>This page is a summary for reading and proves nothing by itself. What counts are the signed files beside it. Everything can be checked without a network and without trusting whoever handed over the file:</p>\n\
<ol>\n<li>with <code>comity verify FILE --card CARD</code>, for the card of each authority that you know, or</li>\n\
<li>with common tools: unpack the file with <code>unzip</code>; <code>sha256sum -c SHA256SUMS</code>; then verify each <code>.p7s</code> file with \
<code>openssl cms -verify -cades</code> against the root certificate of its authority.</li>\n</ol>\n\
<p>The root certificates in <code>cards/</code> came with this file. Compare their fingerprints with what the authorities published or told you through another channel before you rely on them.</p>\n";

/// The whole page.
pub(super) fn page(dossier: &Dossier, histories: &[Vec<Step>]) -> String {
    let mut page = HEAD.to_owned();
    // Writing to a string cannot fail.
    let _ = body(&mut page, dossier, histories);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn body(page: &mut String, dossier: &Dossier, histories: &[Vec<Step>]) -> std::fmt::Result {
    let (exporter, time) = (&dossier.exporter, dossier.time);
    writeln!(page, "<h1>Evidence export</h1>\n<p>Made by <strong>{exporter}</strong> on {time}.</p>")?;
    exhibits(page, dossier)?;
    writeln!(page, "<h2>Chain of custody</h2>")?;
    for line in histories {
        custody(page, line)?;
    }
    documents(page, dossier)?;
    page.push_str(CHECK);
    Ok(())
}

fn exhibits(page: &mut String, dossier: &Dossier) -> std::fmt::Result {
    writeln!(page, "<h2>Exhibits</h2>")?;
    for manifest in &dossier.manifests {
        let (id, listed) = (manifest.id(), manifest.document());
        let file = Role::Document(Kind::Manifest, id, Form::Document).name();
        writeln!(page, "<h3>Transmitted by {} on {}</h3>", listed.author, listed.time)?;
        writeln!(page, "<p>Docket <code>{}</code>. Signed list: <code>{file}</code>.</p>", listed.docket)?;
        writeln!(
            page,
            "<table>\n<thead><tr><th scope=\"col\">Exhibit</th><th scope=\"col\">Kind</th><th scope=\"col\">Bytes</th><th scope=\"col\">SHA-256</th><th scope=\"col\">Conditions of use</th></tr></thead>\n<tbody>"
        )?;
        for entry in &listed.exhibits {
            let produced = dossier.exhibits.iter().find(|produced| produced.id == entry.id);
            let title = produced.and_then(|p| p.title.as_deref()).map(text).unwrap_or_default();
            let file = match produced {
                Some(_) => format!("<code>{}</code>", names::exhibit(entry.id, &entry.media)),
                None => format!("<code>{}</code>, not contained here", entry.id),
            };
            let mut conditions: Vec<_> = entry.conditions.iter().map(ToString::to_string).collect();
            conditions.extend(entry.handling.clone());
            let conditions = if conditions.is_empty() { "none".to_owned() } else { conditions.join(", ") };
            let (media, size, sha256) = (&entry.media, entry.size, entry.digests.sha256);
            writeln!(
                page,
                "<tr><td>{title}<br>{file}</td><td>{media}</td><td>{size}</td><td><code>{sha256}</code></td><td>{conditions}</td></tr>"
            )?;
        }
        writeln!(page, "</tbody>\n</table>")?;
    }
    Ok(())
}

fn custody(page: &mut String, line: &[Step]) -> std::fmt::Result {
    let Some(first) = line.first() else {
        return Ok(());
    };
    let thing = thing_name(&first.entry.thing);
    writeln!(page, "<h3>Of <code>{thing}</code></h3>")?;
    writeln!(
        page,
        "<table>\n<thead><tr><th scope=\"col\">When</th><th scope=\"col\">What</th><th scope=\"col\">By</th><th scope=\"col\">Who, where, why, on what authority</th><th scope=\"col\">Signed file</th></tr></thead>\n<tbody>"
    )?;
    for (number, Step { entry, details, .. }) in (1u16..).zip(line) {
        let told = match details {
            None => "not disclosed".to_owned(),
            Some(d) => {
                let always = [&d.who, &d.place, &d.why, &d.authority];
                let told = always.into_iter().chain(&d.what).chain(&d.substance).map(|t| text(t));
                let told: Vec<_> = told.chain(d.drug.iter().flat_map(Drug::lines).map(|line| text(&line))).collect();
                told.join("; ")
            }
        };
        let file = Role::Custody(thing.clone(), number, Form::Document).name();
        let (time, kind, author) = (entry.time, entry.handling.kind(), &entry.author);
        writeln!(
            page,
            "<tr><td>{time}</td><td>{kind}</td><td>{author}</td><td>{told}</td><td><code>{file}</code></td></tr>"
        )?;
    }
    writeln!(page, "</tbody>\n</table>")
}

fn documents(page: &mut String, dossier: &Dossier) -> std::fmt::Result {
    let counts = [
        (dossier.acts.len(), "acts", "signed steps of the procedure"),
        (dossier.receipts.len(), "receipts", "signed words of the recipient that it holds an act"),
        (dossier.proofs.len(), "proofs", "proofs that a document stands in an authority's ledger"),
        (dossier.cards.len(), "cards", "how each authority describes itself and its keys"),
    ];
    writeln!(page, "<h2>What else is in this file</h2>\n<ul>")?;
    for (count, folder, what) in counts {
        writeln!(page, "<li><code>{folder}/</code>: {what} ({count})</li>")?;
    }
    writeln!(page, "<li><code>case.jsonld</code>: the same in CASE/UCO, for programs</li>\n</ul>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_text_and_nothing_else() {
        assert_eq!(text("<script>&\"'</script>"), "&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;");
        assert_eq!(text("gpj.\u{202e}exe\u{7}\n"), "gpj.\u{fffd}exe\u{fffd}\u{fffd}");
        assert_eq!(text("Kontoauszug für José"), "Kontoauszug für José");
    }
}
