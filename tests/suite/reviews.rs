//! Reviews over real connections: what people see and decide, and who may decide.

use permit_audit::Decision;
use permit_client::{Answer, Ask, ClientError, Problem};
use permit_test_support::daemon::{Daemon, run, serve};
use permit_test_support::stage::{Agent, Stage};
use permit_types::verdict::{Layer, Outcome, ReasonCode};
use permitd::Server;
use serde_json::{Value, json};

const PERMITC: &str = env!("CARGO_BIN_EXE_suite-permitc");
const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");

const BOT: &str = "spiffe://acme.example/agent/purchase/1";
const ANN: &str = "spiffe://acme.example/lead/ann";
const BOB: &str = "spiffe://acme.example/lead/bob";
const CLEO: &str = "spiffe://acme.example/director/cleo";

/// Small purchases are permitted, large ones need a lead, huge ones two persons of whom no lead is one.
const POLICY: &str = r#"
edition 2026;
module acme.buying;

zone dublin = "Europe/Dublin";
group Team;
agent Bot within Team identified by "spiffe://acme.example/agent/purchase/*";
person Lead within Team identified by "spiffe://acme.example/lead/*";
person Director within Team identified by "spiffe://acme.example/director/*";
resource Vendor { claimed rating: int?; }

action spend(amount: money[USD], purpose: string = "stock") on Vendor is irreversible;

permit small: spend by Bot when amount <= 100.00 USD because "small purchases need no person";
review large: spend by Bot
    when amount > 100.00 USD and amount <= 400.00 USD
    approved by Lead timeout 30min
    because "a lead looks at large purchases";
review huge: spend by Bot
    when amount > 400.00 USD
    approved by Director, Lead::"ann" 2 of them timeout 30min
    because "two persons look at huge purchases";

budget day in USD {
    counts spend as amount;
    for each agent;
    limit 1_000.00 USD per day in dublin;
    warn at 60%;
}
"#;

fn facts() -> String {
    let person =
        |ty: &str, name: &str, spiffe_id: &str| json!({ "type": ty, "id": name, "spiffe_id": spiffe_id });
    json!({ "entities": [
        { "type": "Bot", "id": "purchase/1", "spiffe_id": BOT },
        { "type": "Vendor", "id": "paperworks" },
        person("Lead", "ann", ANN), person("Lead", "bob", BOB), person("Director", "cleo", CLEO),
    ] })
    .to_string()
}

struct Fixture {
    stage: Stage,
    server: Server,
    bot: Agent,
}

fn stage() -> Stage {
    let mut stage = Stage::of(&[("buying.permit", POLICY.to_owned())], &facts());
    let path = stage.config_path();
    let text =
        std::fs::read_to_string(&path).unwrap().replace("scope_required = true", "scope_required = false");
    std::fs::write(&path, text).unwrap();
    stage.configure("");
    stage
}

fn spend(dollars: u32) -> Ask {
    Ask::new("spend").on("Vendor", "paperworks").with("amount", format!("{dollars}.00 USD"))
}

impl Fixture {
    async fn start() -> Self {
        let stage = stage();
        let server = stage.start().await.unwrap();
        let bot = stage.agent(BOT, &[]).await;
        Self { stage, server, bot }
    }

    async fn person(&self, name: &str) -> Agent {
        self.stage.agent(name, &[]).await
    }

    async fn ask(&self, ask: &Ask) -> Decision {
        self.stage.prove(&self.bot.client.decide(&self.bot.token, ask).await.unwrap())
    }

    /// The name of the review that a request waits for.
    async fn waits(&self, ask: &Ask) -> String {
        let decision = self.ask(ask).await;
        assert_eq!(decision.outcome, Outcome::Review, "{decision:?}");
        decision.review.unwrap().id
    }
}

async fn approve(person: &Agent, id: &str) -> Result<Answer, Box<Problem>> {
    refused(person.client.approve(&person.token, id, None).await)
}

async fn decline(person: &Agent, id: &str) -> Result<Answer, Box<Problem>> {
    refused(person.client.decline(&person.token, id, Some("not now")).await)
}

fn refused(result: Result<Answer, ClientError>) -> Result<Answer, Box<Problem>> {
    result.map_err(|error| match error {
        ClientError::Refused(problem) => problem,
        other => panic!("{other}"),
    })
}

fn is(problem: &Problem, status: u16, code: &str) {
    assert_eq!((problem.status, problem.code.as_str()), (status, code), "{problem}");
}

#[tokio::test]
async fn a_person_sees_what_is_asked_and_lets_it_happen_once() {
    let fixture = Fixture::start().await;
    let (ann, bob) = (fixture.person(ANN).await, fixture.person(BOB).await);
    assert_eq!(fixture.ask(&spend(100)).await.outcome, Outcome::Allow);
    let large = spend(300).claiming_of_resource("rating", 5);
    let id = fixture.waits(&large).await;
    let page = bob.client.reviews(&bob.token, 0).await.unwrap();
    let [review] = page.reviews.as_slice() else { panic!("{page:?}") };
    assert_eq!((&review.id, review.state.name(), review.rule.as_str()), (&id, "pending", "large"));
    let request = &review.request;
    assert_eq!((request.agent.as_str(), request.action.as_str()), ("Bot::\"purchase/1\"", "spend"));
    let resource = request.resource.as_deref();
    assert_eq!(
        (resource, request.arguments["amount"].as_str()),
        (Some("Vendor::\"paperworks\""), "300.00 USD")
    );
    assert_eq!(
        (request.arguments["purpose"].as_str(), request.claims["resource.rating"].as_str()),
        ("\"stock\"", "5")
    );
    let answer = approve(&bob, &id).await.unwrap();
    let record = answer.verify(&fixture.stage.log_key).unwrap();
    let Some(permit_audit::Body::Approval(vote)) = record.body else { panic!("{answer:?}") };
    assert_eq!(
        (vote.person.as_str(), vote.identity.as_str(), &vote.decision_id),
        ("Lead::\"bob\"", BOB, &id)
    );
    assert_eq!(bob.client.reviews(&bob.token, 0).await.unwrap().reviews, []);
    assert_eq!(bob.client.review(&bob.token, &id).await.unwrap().state.name(), "approved");
    // What was approved is this request and no other, and one way of writing it is as good as another.
    assert_eq!(fixture.ask(&spend(301)).await.outcome, Outcome::Review);
    assert_eq!(fixture.ask(&spend(300)).await.outcome, Outcome::Review, "another rating");
    let allowed = fixture.ask(&large.clone().with("purpose", "stock")).await;
    assert_eq!((allowed.outcome, allowed.reason.code), (Outcome::Allow, ReasonCode::Approved), "{allowed:?}");
    assert_eq!(allowed.approved_by, ["Lead::\"bob\""]);
    assert_ne!(fixture.waits(&large).await, id, "the second time is another review");
    is(&approve(&ann, &id).await.unwrap_err(), 404, "review_not_found");
    fixture.server.stop().await.unwrap();
    let report = fixture.stage.audit();
    assert_eq!((report.allowed, report.reviews, report.approvals), (2, 4, 1));
}

#[tokio::test]
async fn only_those_whom_the_rule_names_decide() {
    let fixture = Fixture::start().await;
    let (ann, bob, cleo) = (fixture.person(ANN).await, fixture.person(BOB).await, fixture.person(CLEO).await);
    let (large, huge) = (fixture.waits(&spend(200)).await, fixture.waits(&spend(500)).await);
    let seen = async |person: &Agent| {
        let page = person.client.reviews(&person.token, 0).await.unwrap();
        page.reviews.into_iter().map(|review| review.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(&ann).await, [large.clone(), huge.clone()]);
    assert_eq!((seen(&bob).await, seen(&cleo).await), (vec![large.clone()], vec![huge.clone()]));
    for (person, id) in [(&bob, &huge), (&cleo, &large)] {
        is(&approve(person, id).await.unwrap_err(), 403, "not_an_approver");
        is(&decline(person, id).await.unwrap_err(), 403, "not_an_approver");
        let ClientError::Refused(problem) = person.client.review(&person.token, id).await.unwrap_err() else {
            panic!()
        };
        is(&problem, 403, "not_an_approver");
    }
    // An agent never approves, and a person never gets a decision.
    is(&approve(&fixture.bot, &large).await.unwrap_err(), 403, "not_a_person");
    is(&decline(&fixture.bot, &large).await.unwrap_err(), 403, "not_a_person");
    let ClientError::Refused(problem) = ann.client.decide(&ann.token, &spend(1)).await.unwrap_err() else {
        panic!()
    };
    is(&problem, 403, "unknown_agent");
    let decision = fixture.stage.prove(problem.answer.as_ref().unwrap());
    assert_eq!(decision.layers.denied(), Some(Layer::Identity));
    // One person, however often, is not two.
    for _ in 0..3 {
        approve(&ann, &huge).await.unwrap();
    }
    assert_eq!(fixture.ask(&spend(500)).await.review.unwrap().approved, 1);
    approve(&cleo, &huge).await.unwrap();
    let allowed = fixture.ask(&spend(500)).await;
    assert_eq!(allowed.approved_by, ["Lead::\"ann\"", "Director::\"cleo\""]);
    is(&approve(&ann, &huge).await.unwrap_err(), 409, "review_used");
    for id in ["dec_000000000000000000000000", "x"] {
        is(&approve(&ann, id).await.unwrap_err(), 404, "review_not_found");
    }
    fixture.server.stop().await.unwrap();
    assert_eq!(fixture.stage.audit().approvals, 4);
}

#[tokio::test]
async fn a_decline_denies_for_all_that_was_approved() {
    let fixture = Fixture::start().await;
    let (ann, cleo) = (fixture.person(ANN).await, fixture.person(CLEO).await);
    let id = fixture.waits(&spend(500)).await;
    approve(&ann, &id).await.unwrap();
    decline(&cleo, &id).await.unwrap();
    is(&approve(&ann, &id).await.unwrap_err(), 409, "review_declined");
    let denied = fixture.ask(&spend(500)).await;
    assert_eq!(
        (denied.layers.denied(), denied.reason.code),
        (Some(Layer::Policy), ReasonCode::ReviewDeclined)
    );
    assert_eq!(denied.reason.message, "Director::\"cleo\" declined this request");
    // Nobody is asked about what a budget denies anyway; what is charged warns of its level.
    let over = fixture.ask(&spend(1_001)).await;
    assert_eq!((over.layers.denied(), over.reason.code), (Some(Layer::Budget), ReasonCode::BudgetExceeded));
    assert_eq!(fixture.ask(&spend(100)).await.warnings, []);
    approve(&ann, &fixture.waits(&spend(400)).await).await.unwrap();
    assert_eq!(fixture.ask(&spend(400)).await.warnings, []);
    let warned = fixture.ask(&spend(100)).await.warnings;
    assert_eq!((warned[0].budget.as_str(), warned[0].percent), ("day", 60));
    fixture.server.stop().await.unwrap();
    assert_eq!(fixture.stage.audit().declines, 1);
}

#[tokio::test]
async fn what_cannot_be_shown_is_left_to_nobody() {
    let fixture = Fixture::start().await;
    let long = spend(200).with("purpose", "x".repeat(17_000));
    let ClientError::Refused(problem) =
        fixture.bot.client.decide(&fixture.bot.token, &long).await.unwrap_err()
    else {
        panic!()
    };
    is(&problem, 400, "invalid_request");
    let ann = fixture.person(ANN).await;
    assert_eq!(ann.client.reviews(&ann.token, 0).await.unwrap().reviews, []);
    for count in 1..=53 {
        fixture.waits(&spend(200).with("purpose", count.to_string())).await;
    }
    let first = ann.client.reviews(&ann.token, 0).await.unwrap();
    let second = ann.client.reviews(&ann.token, first.next.unwrap()).await.unwrap();
    assert_eq!((first.reviews.len(), second.reviews.len(), second.next), (50, 3, None));
    assert!(second.reviews.iter().all(|review| !first.reviews.contains(review)));
    for query in ["?limit=0", "?limit=51", "?from=-1", "?all=1"] {
        let path = format!("/v1/reviews{query}");
        let proof = ann.client.proof_key().proof(
            "GET",
            &ann.client.transport().uri("/v1/reviews"),
            Some(ann.token.text()),
        );
        let headers = [("authorization", format!("DPoP {}", ann.token.text())), ("dpop", proof.unwrap())];
        let reply = ann.client.transport().send("GET", &path, &headers, None).await.unwrap();
        is(&Problem::read(&reply).unwrap(), 400, "invalid_request");
    }
}

/// A vote needs a token of the person's and a fresh proof, as a decision does.
#[tokio::test]
async fn a_vote_is_its_persons_own() {
    let fixture = Fixture::start().await;
    let (ann, bob) = (fixture.person(ANN).await, fixture.person(BOB).await);
    let id = fixture.waits(&spend(200)).await;
    let path = format!("/v1/reviews/{id}/approve");
    // Always for ann's token; whose key signs it differs.
    let proof = |agent: &Agent, method: &str| {
        let uri = agent.client.transport().uri(&path);
        agent.client.proof_key().proof(method, &uri, Some(ann.token.text())).unwrap()
    };
    let code = async |agent: &Agent, token: &Agent, proof: String| {
        let reply = agent.client.post_with(&token.token, &proof, &path, b"{}".to_vec()).await.unwrap();
        Problem::read(&reply).unwrap().code
    };
    assert_eq!(code(&bob, &ann, proof(&ann, "POST")).await, "token_certificate");
    assert_eq!(code(&ann, &ann, proof(&bob, "POST")).await, "proof_key");
    assert_eq!(code(&ann, &ann, proof(&ann, "GET")).await, "proof_method");
    let plain = ann.client.get("/v1/reviews").await.unwrap();
    assert_eq!(Problem::read(&plain).unwrap().code, "token_missing");
    assert_eq!(fixture.ask(&spend(200)).await.review.unwrap().approved, 0);
    let once = proof(&ann, "POST");
    let reply = ann.client.post_with(&ann.token, &once, &path, b"{}".to_vec()).await.unwrap();
    assert!(reply.status.is_success(), "{reply:?}");
    assert_eq!(code(&ann, &ann, once.clone()).await, "proof_replayed");
    // A restart does not let the proof in a second time.
    fixture.server.stop().await.unwrap();
    let server = fixture.stage.start().await.unwrap();
    assert_eq!(code(&ann, &ann, once).await, "proof_replayed");
    server.stop().await.unwrap();
}

/// A person's token has no scopes, and a person asks for none.
#[tokio::test]
async fn a_person_gets_no_scopes() {
    let fixture = Fixture::start().await;
    let person = fixture.stage.client(ANN);
    let scope = permit_client::ScopeClaim::new("any", "t");
    let Err(ClientError::Refused(problem)) = person.token(&[scope]).await else { panic!() };
    is(&problem, 400, "invalid_authorization_details");
    let Err(ClientError::Refused(problem)) =
        fixture.stage.client("spiffe://acme.example/lead/eve").token(&[]).await
    else {
        panic!()
    };
    is(&problem, 400, "unauthorized_client");
}

/// `kill -9` with one review that waits and one that is approved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reviews_survive_a_kill() {
    let stage = stage();
    let mut daemon = Daemon::spawn(serve(PERMITD, &stage));
    let (bot, ann) = (stage.agent(BOT, &[]).await, stage.agent(ANN, &[]).await);
    let decide = async |dollars| stage.prove(&bot.client.decide(&bot.token, &spend(dollars)).await.unwrap());
    let (waiting, approved) = (decide(200).await.review.unwrap(), decide(300).await.review.unwrap());
    approve(&ann, &approved.id).await.unwrap();
    daemon.kill();
    daemon = Daemon::spawn(serve(PERMITD, &stage));
    let page = ann.client.reviews(&ann.token, 0).await.unwrap();
    assert_eq!(page.reviews.iter().map(|review| &review.id).collect::<Vec<_>>(), [&waiting.id]);
    assert_eq!(page.reviews[0].request.arguments["amount"], "200.00 USD");
    assert_eq!((decide(300).await.outcome, decide(300).await.outcome), (Outcome::Allow, Outcome::Review));
    assert_eq!(decide(200).await.review.unwrap().id, waiting.id);
    approve(&ann, &waiting.id).await.unwrap();
    daemon.kill();
    daemon = Daemon::spawn(serve(PERMITD, &stage));
    assert_eq!(decide(200).await.outcome, Outcome::Allow);
    assert!(daemon.terminate().success());
    let report = stage.audit();
    assert_eq!((report.allowed, report.approvals), (2, 2));
}

/// The command line of persons.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn persons_decide_on_the_command_line() {
    let fixture = Fixture::start().await;
    let (yes, no) = (fixture.waits(&spend(200)).await, fixture.waits(&spend(300)).await);
    let (url, ann) = (fixture.stage.url.clone(), fixture.stage.certificate(ANN));
    let log_key = fixture.stage.config.paths.log_public_key.clone();
    let permitc = |arguments: &[&str]| {
        let mut command = std::process::Command::new(PERMITC);
        command.args(arguments).arg("--server").arg(&url).arg("--identity").arg(&ann);
        command
    };
    let listed = run(&mut permitc(&["reviews"]));
    assert_eq!(listed.code(), 0, "{listed:?}");
    for expected in [
        &yes,
        &no,
        "0 of 1 approved",
        "spend by Bot::\"purchase/1\" on Vendor::\"paperworks\"",
        "    amount: 200.00 USD",
    ] {
        assert!(listed.stdout.contains(expected), "{expected}\n{}", listed.stdout);
    }
    let json = run(&mut permitc(&["reviews", "--json"]));
    let first: Value = serde_json::from_str(json.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(first["id"], yes.as_str());
    let approved = run(permitc(&["approve", &yes]).arg("--log-key").arg(&log_key));
    assert!(approved.code() == 0 && approved.stdout.contains("inclusion verified: record"), "{approved:?}");
    let declined = run(&mut permitc(&["decline", &no, "--reason", "too much"]));
    assert!(declined.code() == 0 && declined.stdout.contains("too much"), "{declined:?}");
    let late = run(&mut permitc(&["approve", &no]));
    assert!(late.code() == 1 && late.stderr.contains("review_declined"), "{late:?}");
    assert_eq!(fixture.ask(&spend(200)).await.outcome, Outcome::Allow);
}

/// What an agent writes can neither act on an approver's terminal nor look like something else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_sees_is_what_was_asked() {
    let fixture = Fixture::start().await;
    let tricks = [
        ("\u{9b}1A\u{9b}2K    amount: 9.00 USD", r"\u{9b}1A\u{9b}2K    amount: 9.00 USD"),
        ("\u{202e})DSU 00.9( tnuoma\u{202c}", r"\u{202e})DSU 00.9( tnuoma\u{202c}"),
        ("pay\u{200b}pal\u{ad}\u{7f}", r"pay\u{200b}pal\u{ad}\u{7f}"),
        ("to p\u{430}ypal", r"to p\u{430}ypal"),
        ("\n    amount: 9.00 USD\u{2028}", r"\n    amount: 9.00 USD\u{2028}"),
    ];
    for (purpose, _) in tricks {
        fixture.waits(&spend(200).with("purpose", purpose)).await;
    }
    let ann = fixture.person(ANN).await;
    let reviews = ann.client.reviews(&ann.token, 0).await.unwrap().reviews;
    assert_eq!(reviews.len(), tricks.len());
    let identity = fixture.stage.certificate(ANN);
    let listed = |more: &[&str]| {
        let mut command = std::process::Command::new(PERMITC);
        command
            .arg("reviews")
            .args(more)
            .args(["--server", &fixture.stage.url])
            .arg("--identity")
            .arg(&identity);
        run(&mut command).stdout
    };
    let (text, json) = (listed(&[]), listed(&["--json"]));
    for (review, (purpose, shown)) in reviews.iter().zip(tricks) {
        let raw: String = serde_json::from_str(&review.request.arguments["purpose"]).unwrap();
        assert_eq!(raw, purpose);
        assert_eq!(review.shown.arguments["purpose"], format!("\"{shown}\""));
        assert!(text.contains(&format!("    purpose: \"{shown}\"\n")), "{shown}\n{text}");
    }
    assert!(text.lines().chain(json.lines()).all(permit_types::display::is_printable), "{text:?}\n{json:?}");
    let printed: Vec<permit_types::review::ReviewView> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(printed, reviews);
}
