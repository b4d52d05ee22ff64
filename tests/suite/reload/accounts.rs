//! Spending under one policy and its treatment under the next: a reload and a restart agree.

use permit_client::{Ask, Client, ClientError, ScopeClaim, Token};
use permit_test_support::stage::Stage;
use permitd::{Server, StartError};

use super::{BOT, facts, sources, stage};

const BEFORE: &str = r#"
permit any: spend by Bot because "agents purchase";
budget pot in USD { counts spend as amount; for each agent; limit 100.00 USD per day in dublin; }
scope job(most: money[USD]) { allows spend; limit spend as amount to most; expires after 8h; }
"#;
const RULE: &str = "permit any: spend by Bot because \"agents purchase\";";
const SCOPE: &str =
    "scope job(most: money[USD]) { allows spend; limit spend as amount to most; expires after 8h; }";

/// How a policy follows another.
#[derive(Clone, Copy, Debug)]
enum Way {
    Reload,
    Restart,
}

/// A server with 60 USD spent, 50 of them under a key, by a token for a job of at most 90 USD.
struct Fixture {
    stage: Stage,
    server: Option<Server>,
    client: Client,
    token: Token,
    first: String,
}

fn spend(dollars: u32) -> Ask {
    Ask::new("spend").on("Vendor", "always").with("amount", format!("{dollars}.00 USD"))
}

impl Fixture {
    async fn start() -> Self {
        let stage = stage(BEFORE, 1);
        let server = Some(stage.start().await.unwrap());
        let client = stage.client(BOT);
        let token = client.token(&[ScopeClaim::new("job", "t").with("most", "90.00 USD")]).await.unwrap();
        let mut fixture = Self { stage, server, client, token, first: String::new() };
        fixture.first = fixture.ask(&spend(50).idempotent("once")).await;
        assert!(fixture.spending(10).await.starts_with("Allow Permitted pot: 60.00 USD of 100.00 USD"));
        fixture
    }

    /// The record of an answer, whose proof is good.
    async fn ask(&self, ask: &Ask) -> String {
        let answer = self.client.decide(&self.token, ask).await.unwrap();
        drop(self.stage.prove(&answer));
        answer.record.get().to_owned()
    }

    /// Spends this much and returns the outcome, the reason and the state of each limit.
    async fn spending(&self, dollars: u32) -> String {
        let answer = self.client.decide(&self.token, &spend(dollars)).await.unwrap();
        let decision = self.stage.prove(&answer);
        let charged = decision.charges.iter().flat_map(|charge| {
            charge
                .limits
                .iter()
                .map(|l| format!("{}: {} of {} per {}", charge.budget, l.spent, l.limit, l.window))
        });
        let short = decision
            .denials
            .iter()
            .map(|d| format!("{}: {} of {} per {}", d.budget, d.spent, d.limit, d.window));
        let limits: Vec<_> = charged.chain(short).collect();
        format!("{:?} {:?} {}", decision.outcome, decision.reason.code, limits.join(", "))
    }

    /// The next policy comes into force, or is refused with a code.
    async fn follow(&mut self, way: Way, policy: &str) -> Result<(), &'static str> {
        self.stage.put(&self.stage.config.paths.bundle, &self.stage.bundle(&sources(policy)));
        self.again(way).await.map_err(|error| error.code())
    }

    async fn again(&mut self, way: Way) -> Result<(), StartError> {
        match way {
            Way::Reload => self.server.as_ref().unwrap().reloader().reload().await,
            Way::Restart => {
                self.server.take().unwrap().stop().await.unwrap();
                self.server = Some(self.stage.start().await?);
                Ok(())
            }
        }
    }

    async fn end(mut self) {
        self.server.take().unwrap().stop().await.unwrap();
        drop(self.stage.audit());
    }
}

/// What the next policy makes of the 60 USD, shown by spending 30 more, both ways.
async fn comes_to(policy: &str, expected: &str) {
    for way in [Way::Reload, Way::Restart] {
        let mut fixture = Fixture::start().await;
        fixture.follow(way, policy).await.unwrap();
        assert_eq!(fixture.spending(30).await, expected, "{way:?} {policy}");
        assert_eq!(
            fixture.ask(&spend(50).idempotent("once")).await,
            fixture.first,
            "{way:?}: an answer stays given"
        );
        fixture.end().await;
    }
}

/// The next policy does not fit the accounts, both ways, and the one before stays or can be put back.
async fn does_not_fit(policy: &str, code: &str) {
    for way in [Way::Reload, Way::Restart] {
        let mut fixture = Fixture::start().await;
        assert_eq!(fixture.follow(way, policy).await, Err(code), "{way:?} {policy}");
        if matches!(way, Way::Restart) {
            fixture.stage.put(&fixture.stage.config.paths.bundle, &fixture.stage.bundle(&sources(BEFORE)));
            fixture.server = Some(fixture.stage.start().await.unwrap());
        }
        let expected = "Allow Permitted pot: 90.00 USD of 100.00 USD per day in Europe/Dublin, job: 90.00 USD of 90.00 USD per task";
        assert_eq!(fixture.spending(30).await, expected, "{way:?} {policy}");
        fixture.end().await;
    }
}

const JOB: &str = "job: 90.00 USD of 90.00 USD per task";

fn pot(budget: &str) -> String {
    format!("{RULE}\n{budget}\n{SCOPE}")
}

#[tokio::test]
async fn another_limit_counts_what_was_spent() {
    let lower = pot(
        "budget pot in USD { counts spend as amount; for each agent; limit 80.00 USD per day in dublin; }",
    );
    let expected = "Deny BudgetExceeded pot: 60.00 USD of 80.00 USD per day in Europe/Dublin";
    comes_to(&lower, expected).await;
    let higher = pot(
        "budget pot in USD { counts spend as amount; for each agent; limit 500.00 USD per day in dublin; }",
    );
    comes_to(
        &higher,
        &format!("Allow Permitted pot: 90.00 USD of 500.00 USD per day in Europe/Dublin, {JOB}"),
    )
    .await;
    let doubled = pot(
        "budget pot in USD { counts spend as amount + amount; for each agent; limit 500.00 USD per day in dublin; }",
    );
    comes_to(
        &doubled,
        &format!("Allow Permitted pot: 120.00 USD of 500.00 USD per day in Europe/Dublin, {JOB}"),
    )
    .await;
}

#[tokio::test]
async fn a_budget_that_goes_counts_no_more_and_a_new_one_begins() {
    comes_to(&pot(""), &format!("Allow Permitted {JOB}")).await;
    let renamed = pot(
        "budget tin in USD { counts spend as amount; for each agent; limit 40.00 USD per day in dublin; }",
    );
    comes_to(
        &renamed,
        &format!("Allow Permitted tin: 30.00 USD of 40.00 USD per day in Europe/Dublin, {JOB}"),
    )
    .await;
}

#[tokio::test]
async fn a_budget_that_was_gone_comes_back_with_what_was_spent() {
    for way in [Way::Reload, Way::Restart] {
        let mut fixture = Fixture::start().await;
        fixture.follow(way, &pot("")).await.unwrap();
        let euros = pot(
            "budget pot in EUR { counts spend as 1.00 EUR; for each agent; limit 9.00 EUR per day in dublin; }",
        );
        assert_eq!(fixture.follow(way, &euros).await, Err("account_unit_changed"), "{way:?}");
        fixture.stage.put(&fixture.stage.config.paths.bundle, &fixture.stage.bundle(&sources(BEFORE)));
        match fixture.server {
            Some(_) => fixture.again(way).await.unwrap(),
            None => fixture.server = Some(fixture.stage.start().await.unwrap()),
        }
        assert!(
            fixture.spending(30).await.starts_with("Allow Permitted pot: 90.00 USD of 100.00 USD"),
            "{way:?}"
        );
        fixture.end().await;
    }
}

#[tokio::test]
async fn a_window_that_comes_counts_from_then_and_the_one_that_stays_goes_on() {
    let both = pot(
        "budget pot in USD { counts spend as amount; for each agent; limit 100.00 USD per day in dublin; limit 200.00 USD per 24h; }",
    );
    let expected = format!(
        "Allow Permitted pot: 90.00 USD of 100.00 USD per day in Europe/Dublin, pot: 30.00 USD of 200.00 USD per 24h, {JOB}"
    );
    comes_to(&both, &expected).await;
}

#[tokio::test]
async fn what_was_spent_is_not_lost_to_another_unit_window_or_key() {
    let euros = pot(
        "budget pot in EUR { counts spend as 1.00 EUR; for each agent; limit 9.00 EUR per day in dublin; }",
    );
    does_not_fit(&euros, "account_unit_changed").await;
    let sliding =
        pot("budget pot in USD { counts spend as amount; for each agent; limit 100.00 USD per 24h; }");
    does_not_fit(&sliding, "account_windows_changed").await;
    let vendors = pot(
        "budget pot in USD { counts spend as amount; for each resource; limit 100.00 USD per day in dublin; }",
    );
    does_not_fit(&vendors, "account_keys_changed").await;
    let scope = "scope job(most: money[USD]) { allows spend; limit spend as 1.00 EUR to 5.00 EUR; expires after 8h; }";
    does_not_fit(&BEFORE.replace(SCOPE, scope), "account_keys_changed").await;
}

#[tokio::test]
async fn a_token_is_read_against_the_policy_in_force() {
    let budget =
        "budget pot in USD { counts spend as amount; for each agent; limit 100.00 USD per day in dublin; }";
    comes_to(&format!("{RULE}\n{budget}"), "Deny OutOfScope ").await;
    let narrower = "scope job(most: money[USD]) { allows spend when amount < 20.00 USD; limit spend as amount to most; expires after 8h; }";
    comes_to(&format!("{RULE}\n{budget}\n{narrower}"), "Deny OutOfScope ").await;
    let other = "scope job(customer: string) { allows spend; expires after 8h; }";
    comes_to(&format!("{RULE}\n{budget}\n{other}"), "Deny OutOfScope ").await;
}

#[tokio::test]
async fn a_review_of_the_policy_before_leads_nowhere() {
    let review = |timeout: &str| {
        format!(
            "review large: spend by Bot approved by Lead timeout {timeout} because \"a lead looks\";\n{SCOPE}"
        )
    };
    for way in [Way::Reload, Way::Restart] {
        let mut fixture = Fixture::start().await;
        fixture.follow(way, &review("30min")).await.unwrap();
        let lead = fixture.stage.agent("spiffe://acme.example/lead/ann", &[]).await;
        let waits = async |fixture: &Fixture| {
            let decision =
                fixture.stage.prove(&fixture.client.decide(&fixture.token, &spend(5)).await.unwrap());
            decision.review.unwrap().id
        };
        let first = waits(&fixture).await;
        // Other facts under the same bundle leave it where it is.
        fixture.stage.put(&fixture.stage.config.paths.facts, facts(1, "another").as_bytes());
        fixture.again(way).await.unwrap();
        assert_eq!(waits(&fixture).await, first, "{way:?}");
        fixture.follow(way, &review("40min")).await.unwrap();
        let Err(ClientError::Refused(problem)) = lead.client.approve(&lead.token, &first, None).await else {
            panic!("{way:?}: approved")
        };
        assert_eq!(problem.code, "review_of_other_policy", "{way:?}");
        let second = waits(&fixture).await;
        assert_ne!(first, second, "{way:?}");
        lead.client.approve(&lead.token, &second, None).await.unwrap();
        assert!(fixture.spending(5).await.starts_with("Allow Approved"), "{way:?}");
        fixture.end().await;
    }
}
