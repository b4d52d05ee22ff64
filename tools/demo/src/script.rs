//! The steps of the honest agents.

use std::collections::BTreeMap;

use permit_client::{Ask, ScopeClaim};
use permit_types::verdict::{Layer, Outcome};

use crate::failure::Failure;
use crate::stage::Stage;
use crate::{Reporter, wrong};

/// The user's own case: the daily budget of 5,000 USD holds 4,500, and 600 more are asked.
pub(crate) async fn purchases(stage: &Stage, reporter: &mut Reporter) -> Result<(), Failure> {
    reporter.note(
        "\nThe purchasing agent buys for its task, with a limit of $8,000 for the task and $5,000 a day:",
    );
    let scope = ScopeClaim::new("purchases", "restock-stationery").with("most", "8000.00 USD");
    let buyer = stage.agent("purchase-bot", scope).await?;
    let spend = |amount: &str| Ask::new("spend").on("Vendor", "paperworks").with("amount", amount);
    for _ in 0..3 {
        let what = "spend 1,500.00 USD at paperworks";
        let (answer, _) = stage.ask(&buyer, &spend("1500.00 USD"), None, what, reporter).await?;
        let id = answer.text("decision_id").ok_or_else(|| wrong(what, "no decision id"))?;
        buyer.client.confirm(&buyer.token, &id, BTreeMap::new()).await?;
    }
    let what = "spend another 600.00 USD, with 4,500 of 5,000 USD already spent";
    let (_, decision) = stage.ask(&buyer, &spend("600.00 USD"), Some(Layer::Budget), what, reporter).await?;
    let expected = "Would exceed daily budget ($5,100 > $5,000)";
    if decision.reason.message != expected {
        return Err(wrong(what, decision.reason.message));
    }
    let unapproved = Ask::new("spend").on("Vendor", "shady-deals").with("amount", "5.00 USD");
    stage
        .ask(&buyer, &unapproved, Some(Layer::Policy), "spend 5.00 USD at an unapproved vendor", reporter)
        .await?;
    Ok(())
}

/// A purchase that the policy leaves to a lead: nothing is charged before she approves, and then once.
pub(crate) async fn review(stage: &Stage, reporter: &mut Reporter) -> Result<(), Failure> {
    reporter.note("\nThe facilities agent buys chairs; above $2,000 a lead must approve:");
    let scope = ScopeClaim::new("purchases", "new-office").with("most", "4000.00 USD");
    let buyer = stage.agent("facilities-bot", scope).await?;
    let chairs = Ask::new("spend").on("Vendor", "paperworks").with("amount", "2500.00 USD");
    let chairs = chairs.with("purpose", "chairs");
    let what = "spend 2,500.00 USD on chairs";
    let (_, decision) = stage.ask_and_report(&buyer, &chairs, what, reporter).await?;
    let review = decision.review.filter(|_| decision.outcome == Outcome::Review);
    let review = review.ok_or_else(|| wrong(what, decision.reason.message))?;
    let lead = stage.person("lea").await?;
    let what = "the lead looks at the request and approves it";
    let seen = lead.client.review(&lead.token, &review.id).await?.request;
    let answer = lead.client.approve(&lead.token, &review.id, Some("as agreed")).await?;
    let arguments: Vec<_> = seen.arguments.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let person = stage.approver(&answer)?;
    let report = format!(
        "{} by {}, {}\n             approved by {person}",
        seen.action,
        seen.agent,
        arguments.join(", ")
    );
    reporter.step(what, &report, Some(answer.record.get()));
    stage.ask(&buyer, &chairs, None, "the same request again", reporter).await?;
    Ok(())
}

/// A task's scope: the policy would allow the refund, the task is about another customer.
pub(crate) async fn support(stage: &Stage, reporter: &mut Reporter) -> Result<(), Failure> {
    reporter
        .note("\nThe support agent works on a task for the customer Ann, with a limit of $60 in refunds:");
    let scope =
        ScopeClaim::new("one_customer", "ticket-4711").with("customer", "ann").with("most", "60.00 USD");
    let helper = stage.agent("support-bot", scope).await?;
    let refund = |order: &str, amount: &str| {
        Ask::new("refund").on("Order", order).with("amount", amount).with("reason", "late")
    };
    let steps = [
        (refund("o1", "40.00 USD"), None, "refund 40.00 USD on Ann's order"),
        (
            refund("o2", "40.00 USD"),
            Some(Layer::Scope),
            "refund 40.00 USD on Bob's order: allowed by the policy, but not by the task",
        ),
        (
            refund("o1", "30.00 USD"),
            Some(Layer::Scope),
            "refund another 30.00 USD on Ann's order: exceeds the task's $60",
        ),
    ];
    for (ask, expected, what) in steps {
        stage.ask(&helper, &ask, expected, what, reporter).await?;
    }
    Ok(())
}
