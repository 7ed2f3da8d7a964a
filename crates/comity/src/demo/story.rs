//! The case, step by step: what is done, and what proves that it was.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cast::{Side, Stage, Who};
use crate::{Ended, FAILURE, VERIFICATION, say};

const REQUEST: &str = include_str!("../../../../examples/es-ma-bank-records/request.json");
const WORDS: &str = include_str!("../../../../examples/es-ma-bank-records/words.toml");
const STATEMENTS: &str = include_str!("../../../../examples/es-ma-bank-records/statements.csv");
/// So long something may take to travel between two nodes on one machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn failed(what: impl std::fmt::Display) -> Ended {
    Ended::new(FAILURE, format!("The demonstration ends here: {what}."))
}

/// Tells the steps.
pub struct Teller {
    pace: Duration,
    steps: usize,
}

impl Teller {
    /// With a pause between the steps.
    pub fn new(pace: Duration) -> Self {
        Self { pace, steps: 0 }
    }
    /// How many steps were told.
    pub fn steps(&self) -> usize {
        self.steps
    }
    fn chapter(&self, title: &str) {
        say("");
        say(title);
    }
    fn step(&mut self, what: &str, proof: &str) {
        self.steps += 1;
        say(format!("{:>3}  {what}", self.steps));
        say(format!("     {proof}"));
        std::thread::sleep(self.pace);
    }
}

/// The three authorities, with their nodes running.
pub struct Cast<'s> {
    es: Side<'s>,
    ma: Side<'s>,
    fr: Side<'s>,
}

impl<'s> Cast<'s> {
    /// All of them.
    pub fn all(&self) -> [&Side<'s>; 3] {
        [&self.es, &self.ma, &self.fr]
    }
}

/// Plays the whole case.
pub fn play<'s>(stage: &'s Stage, teller: &mut Teller) -> Result<Cast<'s>, Ended> {
    let cast = found(stage, teller)?;
    let words: toml::Table = WORDS.parse().map_err(failed)?;
    let word = |name: &str| words.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let docket = ask_for_help(&cast, teller)?;
    answer(&cast, teller, &docket, &word)?;
    hand_over(&cast, teller, &docket, &word)?;
    hand_over_a_thing(&cast, teller, &docket)?;
    consult(&cast, teller, &word)?;
    conclude(&cast, teller, stage, &docket, &word)?;
    Ok(cast)
}

fn found<'s>(stage: &'s Stage, teller: &mut Teller) -> Result<Cast<'s>, Ended> {
    teller.chapter("Three sovereign nodes");
    let (mut es, es_root) = Side::found(stage, "es.moj", "Spain", ("es", "Ministerio de Justicia"))?;
    let (mut ma, ma_root) = Side::found(stage, "ma.moj", "Morocco", ("fr", "Ministère de la Justice"))?;
    let (mut fr, fr_root) = Side::found(stage, "fr.moj", "France", ("fr", "Ministère de la Justice"))?;
    for (side, root) in [(&mut es, &es_root), (&mut ma, &ma_root), (&mut fr, &fr_root)] {
        let address = side.serve()?;
        side.staff()?;
        teller.step(
            &format!("{} founds {}: root, seal, log and encryption keys, a card, a node", side.name, side.authority),
            &format!("root {}…  people at {address}", root.get(..19).unwrap_or(root)),
        );
    }
    let pairs = [
        (&es, &ma, &ma_root),
        (&es, &fr, &fr_root),
        (&ma, &es, &es_root),
        (&ma, &fr, &fr_root),
        (&fr, &es, &es_root),
        (&fr, &ma, &ma_root),
    ];
    for (here, there, aloud) in pairs {
        let card = there.card().display().to_string();
        here.comity(Who::Operator, ["peer", "add", &card])?;
        let wrong = aloud.chars().rev().collect::<String>();
        let (code, _, _) =
            here.try_comity(Who::Approver, ["peer", "approve", there.authority, "--fingerprint", &wrong])?;
        if code == 0 {
            return Err(Ended::new(VERIFICATION, "A peer was approved under a wrong fingerprint."));
        }
        here.comity(Who::Approver, ["peer", "approve", there.authority, "--fingerprint", aloud])?;
    }
    teller.step(
        "Each enters the other two; a second person approves, with the fingerprint read over the phone",
        "six approvals held; six with a wrong fingerprint were refused",
    );
    Ok(Cast { es, ma, fr })
}

fn ask_for_help(cast: &Cast<'_>, teller: &mut Teller) -> Result<String, Ended> {
    let Cast { es, ma, .. } = cast;
    teller.chapter("The request");
    let mut incomplete: Value = serde_json::from_str(REQUEST).map_err(failed)?;
    if let Some(members) = incomplete.as_object_mut() {
        members.remove("purpose");
    }
    let (file, lacking) = (es.file("request.json"), es.file("incomplete.json"));
    fs::write(&file, REQUEST).map_err(failed)?;
    fs::write(&lacking, incomplete.to_string()).map_err(failed)?;
    let (code, out, err) = es
        .try_comity(Who::Officer, ["request", "new", "--to", ma.authority, "--file", &lacking.display().to_string()])?;
    if code == 0 {
        return Err(Ended::new(VERIFICATION, "A request without purpose was taken for complete."));
    }
    let told = format!("{err}{out}");
    let provision = told
        .lines()
        .find(|line| line.contains("es-ma-mla-2009"))
        .unwrap_or_else(|| told.lines().next().unwrap_or_default());
    teller.step(
        "Spain writes a request for bank records, and forgets to state the purpose: it is stopped",
        provision.trim(),
    );
    let draft =
        es.ask(Who::Officer, ["request", "new", "--to", ma.authority, "--file", &file.display().to_string()])?;
    let (id, digest) = (text(&draft["id"]), text(&draft["approved_digest"]));
    teller.step(
        "With the purpose stated the request is complete for this pair of States, today",
        &format!("draft {id}, what is approved has the digest {}…", digest.get(..16).unwrap_or_default()),
    );
    let (code, _, _) = es.try_comity(Who::Officer, ["draft", "approve", &id, "--digest", &digest])?;
    if code == 0 {
        return Err(Ended::new(VERIFICATION, "An author approved his own request."));
    }
    es.comity(Who::Approver, ["draft", "approve", &id, "--digest", &digest])?;
    teller.step(
        "The author may not approve it; a second person reads and approves these very words",
        "approved by approver, not by officer",
    );
    let sent = es.ask(Who::Officer, ["draft", "send", &id])?;
    let docket = text(&sent["docket"]);
    delivered(es, &docket, &text(&sent["act"]))?;
    let ruling = es.ask(Who::Officer, ["docket", "show", &docket])?;
    let basis = ruling["ruling"]["bases"][0].clone();
    teller.step("Spain seals and sends it; Morocco's node opens, checks, enters it in its log and answers with a signed receipt", &format!("docket {}…, delivered: ma.moj's receipt is held", docket.get(..12).unwrap_or_default()));
    teller.step("The ruling behind it", &format!("{} ({})", text(&basis["title"]), text(&basis["instrument"])));
    Ok(docket)
}

fn answer(cast: &Cast<'_>, teller: &mut Teller, docket: &str, word: &impl Fn(&str) -> String) -> Result<(), Ended> {
    let Cast { es, ma, .. } = cast;
    teller.chapter("Question, answer, acceptance");
    let said = act(ma, es, docket, "acknowledge", &[], &word("acknowledge"))?;
    teller.step("Morocco acknowledges the request", &proof_line(ma, &said));
    let question = act(ma, es, docket, "ask", &["--measure", "m1"], &word("ask"))?;
    teller.step(&format!("Morocco asks back: “{}”", word("ask")), &proof_line(ma, &question));
    let said = act(es, ma, docket, "supplement", &["--measure", "m1", "--answers", &question], &word("supplement"))?;
    teller.step(&format!("Spain supplements: “{}”", word("supplement")), &proof_line(es, &said));
    let said = act(ma, es, docket, "accept", &["--measure", "m1"], &word("accept"))?;
    teller.step("Morocco accepts the measure", &proof_line(ma, &said));
    Ok(())
}

fn hand_over(cast: &Cast<'_>, teller: &mut Teller, docket: &str, word: &impl Fn(&str) -> String) -> Result<(), Ended> {
    let Cast { es, ma, .. } = cast;
    teller.chapter("Evidence");
    let said = act(ma, es, docket, "execute", &["--measure", "m1", "--fact", "complete=true"], &word("execute"))?;
    teller.step("Morocco executes: the bank has answered", &proof_line(ma, &said));
    let file = ma.file("statements.csv");
    fs::write(&file, STATEMENTS).map_err(failed)?;
    let path = file.display().to_string();
    let exhibit = ma.ask(
        Who::Officer,
        [
            "exhibit",
            "add",
            docket,
            &path,
            "--where",
            "Bank, Boulevard Pasteur, Tangier",
            "--why",
            "copied from the bank's answer",
            "--authority",
            "order 12/2026 of the investigating judge",
            "--title",
            "Statements of the account, January to March 2026",
            "--media",
            "text/csv",
        ],
    )?;
    let (id, sha256) = (text(&exhibit["id"]), text(&exhibit["sha256"]));
    teller.step(
        "The bank's answer is sealed in one pass under a key of its own",
        &format!("exhibit {id}, SHA-256 {}…", sha256.get(..16).unwrap_or_default()),
    );
    let said = act(ma, es, docket, "transmit", &["--measure", "m1", "--exhibit", &id], &word("transmit"))?;
    teller.step(
        "Morocco transmits it: the signed list by its digest, the key wrapped for Spain alone",
        &proof_line(ma, &said),
    );
    until("the exhibit arrived whole", || {
        let list = es.ask(Who::Officer, ["exhibit", "list", docket])?;
        Ok(list["items"].as_array().is_some_and(|all| all.iter().any(|one| one["state"] == "here")))
    })?;
    until("Spain said that it received it", || has_act(ma, docket, "receive"))?;
    let to = es.file("statements.csv");
    es.comity(
        Who::Officer,
        [
            "exhibit",
            "get",
            &id,
            "--to",
            &to.display().to_string(),
            "--where",
            "Madrid",
            "--why",
            "reading",
            "--authority",
            "Fiscalía Especial Antidroga",
        ],
    )?;
    if fs::read(&to).map_err(failed)? != STATEMENTS.as_bytes() {
        return Err(Ended::new(VERIFICATION, "What Spain opened is not what Morocco sealed."));
    }
    let shown = es.ask(Who::Officer, ["exhibit", "show", &id])?;
    let kinds: Vec<String> =
        shown["custody"]["entries"].as_array().into_iter().flatten().map(|one| text(&one["kind"])).collect();
    teller.step(
        "Spain fetches it, checks every chunk, compares the whole, receives it by a signed act, and opens it",
        &format!("chain of custody: {}; {}", kinds.join(" → "), text(&shown["custody"]["verdict"])),
    );
    Ok(())
}

/// A thing that travels in the bag, and its history, which travels here.
fn hand_over_a_thing(cast: &Cast<'_>, teller: &mut Teller, docket: &str) -> Result<(), Ended> {
    let Cast { es, ma, .. } = cast;
    let order = ["--authority", "order 12/2026 of the investigating judge"];
    let add = ["item", "add", docket, "--what", "bank card, found at the search", "--seal", "MA-0417"];
    let said = ["--where", "Tangier", "--why", "seized with the bank's answer"];
    let item = text(&ma.ask(Who::Officer, [&add[..], &said, &order].concat())?["id"]);
    let send =
        ["item", "handle", &item, "transmitted", "--to", es.authority, "--where", "Rabat", "--why", "by courier"];
    ma.comity(Who::Officer, [&send[..], &order].concat())?;
    until("its history arrived", || {
        let list = es.ask(Who::Officer, ["item", "list", docket])?;
        Ok(list["items"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == item.as_str())))
    })?;
    let receive = |seal| {
        let receive = ["item", "handle", &item, "received", "--seal", seal, "--where", "Madrid", "--why", "delivered"];
        es.try_comity(Who::Officer, [&receive[..], &order].concat())
    };
    if receive("MA-0471")?.0 == 0 {
        return Err(Ended::new(VERIFICATION, "A thing was received under another seal than it was sent."));
    }
    if receive("MA-0417")?.0 != 0 {
        return Err(failed("Spain could not receive the card under the seal with which it was sent"));
    }
    let mut chain = Value::Null;
    until("Morocco knows that it arrived", || {
        chain = ma.ask(Who::Officer, ["item", "show", &item])?["custody"].clone();
        Ok(chain["entries"].as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == "received")))
    })?;
    let entries = chain["entries"].as_array().into_iter().flatten();
    let kinds: Vec<String> = entries.map(|one| format!("{} ({})", text(&one["kind"]), text(&one["author"]))).collect();
    teller.step(
        "A seized bank card goes by courier under seal; its history goes along, and Spain receives it seal for seal",
        &format!("{}; {}", kinds.join(" → "), text(&chain["verdict"])),
    );
    Ok(())
}

fn consult(cast: &Cast<'_>, teller: &mut Teller, word: &impl Fn(&str) -> String) -> Result<(), Ended> {
    let Cast { es, ma, fr } = cast;
    teller.chapter("Three around one table");
    let file = es.file("consultation.json");
    let draft = json!({
        "open": {"procedure": "consultation/1", "parties": [
            {"authority": "es.moj", "role": "convener"}, {"authority": "fr.moj", "role": "participant"}, {"authority": "ma.moj", "role": "participant"}]},
        "kind": "open", "body": {"text": word("consult")},
    });
    fs::write(&file, draft.to_string()).map_err(failed)?;
    let draft = es.ask(Who::Officer, ["draft", "new", "--file", &file.display().to_string(), "--propose"])?;
    let sent = approve_and_send(es, &draft)?;
    let docket = text(&sent["docket"]);
    delivered(es, &docket, &text(&sent["act"]))?;
    act(ma, es, &docket, "join", &[], &word("join_ma"))?;
    until("France saw it", || has_act(fr, &docket, "join"))?;
    let said = act(fr, es, &docket, "join", &[], &word("join_fr"))?;
    teller
        .step("Spain convenes a consultation; Morocco and France join, each from its own node", &proof_line(fr, &said));
    Ok(())
}

fn conclude(
    cast: &Cast<'_>,
    teller: &mut Teller,
    stage: &Stage,
    docket: &str,
    word: &impl Fn(&str) -> String,
) -> Result<(), Ended> {
    let Cast { es, ma, fr } = cast;
    teller.chapter("For the court");
    let closed = act(es, ma, docket, "close", &[], &word("close"))?;
    teller.step("Spain closes the matter; both dockets are the same", &same_docket(es, ma, docket)?);
    let mut proof = String::new();
    until("Morocco and France cosigned Spain's log", || {
        proof = es.comity(Who::Officer, ["proof", "--wait", docket, &closed])?;
        Ok(proof.contains("— ma.moj/witness ") && proof.contains("— fr.moj/witness "))
    })?;
    teller.step(
        "Morocco and France, which see only hashes, have cosigned Spain's log",
        "the proof of the closing act bears both cosignatures",
    );
    let export = es.file("court-export.asice");
    let path = export.display().to_string();
    es.comity(
        Who::Officer,
        [
            "docket",
            "export",
            docket,
            "--to",
            &path,
            "--exhibits",
            "--items",
            "--wait",
            "--where",
            "Madrid",
            "--why",
            "for the trial",
            "--authority",
            "Juzgado Central n.º 9",
        ],
    )?;
    let cards: Vec<String> = [es, ma, fr].iter().map(|side| format!("--card={}", side.card().display())).collect();
    let verify = |file: &str| {
        let mut arguments = vec!["verify".to_owned(), file.to_owned(), "--quorum=2".to_owned(), "--json".to_owned()];
        arguments.push(format!("--time-root={}", stage.stamper.root.display()));
        arguments.extend(cards.iter().cloned());
        stage.try_run(arguments)
    };
    let (code, out, err) = verify(&path)?;
    let report: Value = serde_json::from_str(&out).unwrap_or(Value::Null);
    if code != 0 || report["verdict"] != "matches" {
        let other = report["findings"].as_array().into_iter().flatten().find(|one| one["verdict"] != "matches");
        let other = other.map(|one| format!("{}: {}", text(&one["name"]), text(&one["what"]))).unwrap_or(out);
        return Err(Ended::new(VERIFICATION, format!("The export did not verify: {err}{other}")));
    }
    let findings = report["findings"].as_array().map_or(0, Vec::len);
    teller.step(
        "Spain exports the docket; a court checks it offline, with nothing but the three cards",
        &format!("matches: {findings} things were checked, {} bytes", fs::metadata(&export).map_err(failed)?.len()),
    );
    let mut bytes = fs::read(&export).map_err(failed)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = es.file("changed.asice");
    fs::write(&changed, bytes).map_err(failed)?;
    let (code, out, _) = verify(&changed.display().to_string())?;
    let report: Value = serde_json::from_str(&out).unwrap_or(Value::Null);
    if code != i32::from(VERIFICATION) || report["verdict"] != "does-not-match" {
        return Err(Ended::new(VERIFICATION, "A changed export was not found out."));
    }
    let what = report["findings"].as_array().into_iter().flatten().find(|one| one["verdict"] == "does-not-match");
    let what = what.map(|one| format!("{}: {}", text(&one["name"]), text(&one["what"]))).unwrap_or_default();
    teller.step("One bit of it is flipped, and the court is told so", &format!("does not match: {what}"));
    Ok(())
}

/// Says something as an officer, has it approved as often as needed, sends it, and waits for the other side's receipt.
fn act(
    side: &Side<'_>,
    other: &Side<'_>,
    docket: &str,
    kind: &str,
    more: &[&str],
    words: &str,
) -> Result<String, Ended> {
    let mut arguments = vec!["act", kind, docket];
    arguments.extend_from_slice(more);
    arguments.extend(["--text", words]);
    let said = side.ask(Who::Officer, arguments)?;
    let sent = if said.get("act").is_some() { said } else { approve_and_send(side, &said)? };
    let act = text(&sent["act"]);
    delivered(side, docket, &act)?;
    until("it arrived", || Ok(find(other, docket, |one| text(&one["id"]) == act)?.is_some()))?;
    Ok(act)
}

fn approve_and_send(side: &Side<'_>, draft: &Value) -> Result<Value, Ended> {
    let (id, digest) = (text(&draft["id"]), text(&draft["approved_digest"]));
    let needed = draft["approvals_needed"].as_u64().unwrap_or(0);
    for who in [Who::Approver, Who::Second].into_iter().take(usize::try_from(needed).unwrap_or(2)) {
        side.comity(who, ["draft", "approve", &id, "--digest", &digest])?;
    }
    side.ask(Who::Officer, ["draft", "send", &id])
}

/// Waits until the receipts of all other parties for an act are held.
fn delivered(side: &Side<'_>, docket: &str, act: &str) -> Result<(), Ended> {
    until("the receipt is held", || {
        let found = find(side, docket, |one| text(&one["id"]) == act)?;
        Ok(found.is_some_and(|one| one["outstanding"].as_array().is_some_and(Vec::is_empty)))
    })
}

fn has_act(side: &Side<'_>, docket: &str, kind: &str) -> Result<bool, Ended> {
    let (code, _, _) = side.try_comity(Who::Officer, ["docket", "show", docket, "--json"])?;
    Ok(code == 0 && find(side, docket, |one| one["kind"] == kind)?.is_some())
}

fn find(side: &Side<'_>, docket: &str, is: impl Fn(&Value) -> bool) -> Result<Option<Value>, Ended> {
    let (code, out, _) = side.try_comity(Who::Officer, ["docket", "show", docket, "--limit", "1000", "--json"])?;
    if code != 0 {
        return Ok(None);
    }
    let page: Value = serde_json::from_str(&out).map_err(failed)?;
    Ok(page["acts"].as_array().into_iter().flatten().find(|one| is(one)).cloned())
}

/// What proves an act to its reader, in a line.
fn proof_line(side: &Side<'_>, act: &str) -> String {
    let short = act.get(..12).unwrap_or_default();
    format!("act {short}… sealed by {}, receipted by every other party, in its log", side.authority)
}

/// Whether both sides show the same acts and the same standing.
fn same_docket(a: &Side<'_>, b: &Side<'_>, docket: &str) -> Result<String, Ended> {
    let read = |side: &Side<'_>| -> Result<(Vec<String>, String), Ended> {
        let page = side.ask(Who::Officer, ["docket", "show", docket, "--limit", "1000"])?;
        let ids = page["acts"].as_array().into_iter().flatten().map(|one| text(&one["id"])).collect();
        Ok((ids, text(&page["summary"]["standing"])))
    };
    let (here, there) = (read(a)?, read(b)?);
    if here != there {
        return Err(Ended::new(VERIFICATION, "The two dockets are not the same."));
    }
    Ok(format!("{} acts on both nodes, standing: {}", here.0.len(), here.1))
}

#[expect(clippy::disallowed_methods, reason = "a demonstration waits for the network; nothing is measured")]
fn until(what: &str, mut holds: impl FnMut() -> Result<bool, Ended>) -> Result<(), Ended> {
    let begun = Instant::now();
    while !holds()? {
        if begun.elapsed() > PATIENCE {
            return Err(failed(format!("it did not come about within {} s that {what}", PATIENCE.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
