//! Users, organisations, rules and agreement: changed by requests, shown with their proofs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::cli::{Global, Member as Command, Policy, Target};
use super::directory::{Directory, now_ms};
use super::node::{VotingKey, local_next_key, read_json};
use super::output::{Exit, Failure, Output};
use super::records::{document, keep, submit};
use crate::action::Action;
use crate::client::{Client, Found, NodeSet};
use crate::committee::{Committee, CommitteeNode};
use crate::genesis::GenesisNode;
use crate::keyfile::write_seed;
use crate::keys::Ed25519Key;
use crate::member::{APP, LEDGER, Member, Operation, Place};
use crate::names::Name;
use crate::nodes;
use crate::open_request::OpenRequest;
use crate::role::{Role, Roles};
use crate::rule::{Agreement, Party, Rule};
use crate::wire::FormError;

/// `member COMMAND`
pub(super) async fn run(
    global: &Global,
    output: &Output,
    command: Command,
) -> Result<Exit, Failure> {
    let operation = match command {
        Command::Show { target } => return show(global, output, target).await,
        Command::AddNode { file } => {
            let node: GenesisNode = read_json(&file)?;
            let what = format!("{}  votes from the next epoch on", node.alias);
            return change(global, output, &nodes::Operation::Add(node), &what).await;
        }
        Command::RemoveNode { alias } => {
            let what = format!("{alias}  votes until this epoch ends");
            return change(global, output, &nodes::Operation::Remove { alias }, &what).await;
        }
        Command::RotateKey { alias, file } => {
            let VotingKey { bls, pop } = match file {
                Some(file) => read_json(&file)?,
                None => local_next_key(global, output, &alias)?,
            };
            let what = format!("{alias}  votes with its next key from the next epoch on");
            let operation = nodes::Operation::RotateKey { alias, bls, pop };
            return change(global, output, &operation, &what).await;
        }
        Command::AddUser {
            name: user,
            key,
            role,
            org,
        } => {
            let ed25519 = match key {
                Some(key) => key,
                None => own_key(global, output, &user)?,
            };
            let member = Member {
                ed25519,
                roles: role.into_iter().collect(),
                organisation: org,
            };
            Operation::AddUser { user, member }
        }
        Command::Grant { name: user, role } => Operation::Grant {
            user,
            roles: role.into_iter().collect(),
        },
        Command::Revoke { name: user, role } => Operation::Revoke {
            user,
            roles: role.into_iter().collect(),
        },
        Command::AddOrg { org } => Operation::AddOrg { organisation: org },
        Command::Policy(policy) => Operation::Policy {
            action: policy.action,
            rule: rule(policy)?,
        },
        Command::Agree { id } => Operation::Agree { request: id },
    };
    let what = describe(&operation);
    submit(global, output, (APP, operation.encode()), &what).await
}

async fn change(
    global: &Global,
    output: &Output,
    operation: &nodes::Operation,
    what: &str,
) -> Result<Exit, Failure> {
    submit(global, output, (nodes::APP, operation.encode()), what).await
}

/// The key of a user of this directory; a new one, if there is none yet.
fn own_key(global: &Global, output: &Output, user: &Name) -> Result<Ed25519Key, Failure> {
    let directory = Directory::of(global)?;
    let file = directory.user_file(user);
    if !file.exists() {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        write_seed(&file, &seed)?;
        output.say(&format!("a new key in {}", file.display()));
    }
    Ok(directory.user(user)?.public())
}

fn rule(policy: Policy) -> Result<Rule, Failure> {
    let roles: Roles = match (policy.role.is_empty(), policy.anyone) {
        (false, _) => policy.role.into_iter().collect(),
        (true, true) => Roles::default(),
        (true, false) => [policy.action.role()].into_iter().collect(),
    };
    let (needed, of) = match (policy.all_of.len(), policy.k_of) {
        (0, None) => {
            let agreement = None;
            return Ok(Rule { roles, agreement });
        }
        (_, Some(needed)) => (needed, policy.of),
        (all, None) => (u16::try_from(all).unwrap_or(u16::MAX), policy.all_of),
    };
    let agreement = Agreement::new(needed, of, policy.blocks);
    let agreement = agreement.map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Rule {
        roles,
        agreement: Some(agreement),
    })
}

fn describe(operation: &Operation) -> String {
    match operation {
        Operation::AddUser { user, member } => format!("{user}  {}", member_text(member)),
        Operation::Grant { user, roles } => format!("{user}  given {}", roles_text(*roles)),
        Operation::Revoke { user, roles } => format!("{user}  without {}", roles_text(*roles)),
        Operation::AddOrg { organisation } => format!("org:{organisation}  added"),
        Operation::Policy { action, rule } => format!("{action}  {}", rule_text(rule)),
        Operation::Agree { request } => format!("{request}  agreed"),
    }
}

fn roles_text(roles: Roles) -> String {
    let names: Vec<_> = roles.iter().map(Role::name).collect();
    match names.is_empty() {
        true => "no role".to_owned(),
        false => names.join(","),
    }
}

fn member_text(member: &Member) -> String {
    let mut text = format!("{}  key {}", roles_text(member.roles), member.ed25519);
    if let Some(organisation) = &member.organisation {
        // Writing to a text does not fail.
        let _ = write!(text, "  org {organisation}");
    }
    text
}

fn rule_text(rule: &Rule) -> String {
    let mut text = match rule.roles == Roles::default() {
        true => "anyone".to_owned(),
        false => roles_text(rule.roles),
    };
    if let Some(agreement) = &rule.agreement {
        let of: Vec<_> = agreement.parties().iter().map(Party::to_string).collect();
        let (needed, of, blocks) = (agreement.needed(), of.join(","), agreement.blocks());
        let _ = write!(text, "  agreed by {needed} of {of} within {blocks} blocks");
    }
    text
}

fn open_text(open: &OpenRequest) -> String {
    let agreed: Vec<_> = open.agreed.iter().flatten().map(Name::as_str).collect();
    let needed = open.rule.agreement.as_ref().map_or(0, Agreement::needed);
    format!(
        "{} asks {}  agreed {} of {needed} [{}]  until height {}",
        open.sender,
        open.app,
        open.agreements(),
        agreed.join(","),
        open.expires
    )
}

/// `member show [TARGET]`: without a target, the rule of every action.
async fn show(global: &Global, output: &Output, target: Option<Target>) -> Result<Exit, Failure> {
    let client = Directory::of(global)?.client(global).await?;
    let place = match target {
        Some(Target::Place(place)) => Some(place),
        Some(Target::Nodes) => return show_nodes(global, output, &client).await,
        None => None,
    };
    let Some(place) = place else {
        let (mut lines, mut rules) = (Vec::new(), Vec::new());
        for action in Action::ALL {
            let (text, value, _) = look_up(&client, &Place::Rule(action)).await?;
            lines.push(format!("{:17}{text}", action.name()));
            rules.push(json!({"action": action, "rule": value}));
        }
        output.answer(&lines.join("\n"), || json!(rules));
        return Ok(Exit::Done);
    };
    let (text, value, found) = look_up(&client, &place).await?;
    keep(global, &found.bundle)?;
    let height = found.height;
    output.answer(&format!("{text}\nfinal at height {height}"), || {
        json!({
            "height": height, "time_ms": found.time_ms, "value": value,
            "status": if value.is_null() { "absent" } else { "present" },
            "proof": document(&found.bundle),
        })
    });
    Ok(match value.is_null() {
        true => Exit::No,
        false => Exit::Done,
    })
}

/// `member show nodes`
async fn show_nodes(global: &Global, output: &Output, client: &Client) -> Result<Exit, Failure> {
    let NodeSet {
        next,
        before,
        found,
    } = client.node_set(now_ms).await?;
    keep(global, &found.bundle)?;
    let (height, genesis) = (found.height, client.genesis());
    // The state of the last height of an epoch says who votes in the next one.
    let epoch = genesis.epoch_of(height + 1);
    let end = genesis.epoch_end(epoch);
    let voting = before.as_ref().unwrap_or(&next);
    let mut lines: Vec<_> = voting.nodes().iter().map(node_text).collect();
    lines.push(format!(
        "vote in epoch {epoch}, which ends with height {end}"
    ));
    let changes = changes(voting, &next);
    if !changes.is_empty() {
        let (epoch, changes) = (epoch + 1, changes.join(", "));
        lines.push(format!("from epoch {epoch} on: {changes}"));
    }
    lines.push(format!("final at height {height}"));
    output.answer(&lines.join("\n"), || {
        json!({
            "height": height, "time_ms": found.time_ms, "epoch": epoch, "epoch_end": end,
            "nodes": voting, "next": next, "proof": document(&found.bundle),
        })
    });
    Ok(Exit::Done)
}

fn node_text(node: &CommitteeNode) -> String {
    let bls: String = node.bls.to_string().chars().take(16).collect();
    format!(
        "{}  p2p {}  client {}  key {}  votes {bls}..",
        node.alias, node.p2p, node.client, node.ed25519
    )
}

/// What is different from one committee to the next.
fn changes(from: &Committee, to: &Committee) -> Vec<String> {
    let mut changes = Vec::new();
    for node in to.nodes() {
        match from.by_key(&node.ed25519) {
            None => changes.push(format!("{} votes", node.alias)),
            Some(before) if before.bls != node.bls => {
                changes.push(format!("{} has another key", node.alias));
            }
            Some(_) => {}
        }
    }
    let left = from.nodes().iter();
    let left = left.filter(|node| to.by_key(&node.ed25519).is_none());
    changes.extend(left.map(|node| format!("{} votes no longer", node.alias)));
    changes
}

/// What stands at a place, for people and for programs, and its proof.
async fn look_up(client: &Client, place: &Place) -> Result<(String, Value, Found), Failure> {
    let (query, key) = (place.key(), place.state_key());
    let found = client.state(APP, &query, (LEDGER, &key), now_ms).await?;
    let wrong = |error: FormError| Failure::Node(error.to_string());
    let (text, value) = match (place, &found.value) {
        (Place::Rule(action), None) => {
            let rule = Rule::of(action.role());
            (rule_text(&rule), json!(rule))
        }
        (_, None) => ("absent".to_owned(), Value::Null),
        (Place::User(user), Some(value)) => {
            let member = Member::decode(value).map_err(wrong)?;
            (format!("{user}  {}", member_text(&member)), json!(member))
        }
        (Place::Organisation(name), Some(_)) => (format!("org:{name}"), json!({})),
        (Place::Rule(_), Some(value)) => {
            let rule = Rule::decode(value).map_err(wrong)?;
            (rule_text(&rule), json!(rule))
        }
        (Place::Open(_), Some(value)) => {
            let open = OpenRequest::decode(value).map_err(wrong)?;
            (open_text(&open), json!(open))
        }
    };
    Ok((text, value, found))
}
