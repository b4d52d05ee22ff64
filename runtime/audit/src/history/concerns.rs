//! The parts of a record that may be stopped or revoked.

use crate::record::{Decision, Delegate, Target, Vote};

/// Everything that a decision rests on.
pub(super) fn decision(decision: &Decision) -> Vec<Target> {
    let mut targets = vec![Target::All];
    if let Some(agent_type) = &decision.agent_type {
        targets.extend(agent(&decision.agent, agent_type));
    }
    let issuers = decision.scopes.iter().filter_map(|scope| scope.issuer.as_ref());
    let identities = decision.identity.iter().chain(&decision.asked_by).chain(issuers);
    targets.extend(identities.cloned().map(Target::Identity));
    targets.extend(decision.scopes.iter().filter_map(|scope| scope.grant.clone()).map(Target::Grant));
    targets.extend(decision.dpop.iter().map(|proof| Target::Key(proof.jkt.clone())));
    targets.extend(decision.task.iter().cloned().map(Target::Task));
    targets.extend(decision.delegation.iter().flat_map(delegate));
    targets
}

/// What the vote of a person rests on.
pub(super) fn vote(vote: &Vote) -> Vec<Target> {
    let identity = Target::Identity(vote.identity.clone());
    std::iter::once(identity).chain(vote.dpop.iter().map(|proof| Target::Key(proof.jkt.clone()))).collect()
}

fn delegate(delegate: &Delegate) -> impl Iterator<Item = Target> {
    let identity = Target::Identity(delegate.identity.clone());
    let task = delegate.task.clone().map(Target::Task);
    agent(&delegate.agent, &delegate.agent_type).into_iter().chain([identity]).chain(task)
}

fn agent(id: &str, agent_type: &str) -> [Target; 2] {
    let agent_type = agent_type.to_owned();
    [Target::Agent { id: id.to_owned(), agent_type: agent_type.clone() }, Target::AgentType(agent_type)]
}
