//! The declarations of generated programs, as source text.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use permit_engine::{Engine, FactsFile, Mode};
use permit_frontend::{Sources, compile};
use permit_ir::bundle::{FORMAT_VERSION, Manifest, VerifiedBundle, tzdb_version};
use permit_ir::facts::Facts;
use permit_ir::program::{EntityKind, EntityType, Program};
use permit_ir::types::{ActionId, ArgId, EntityTypeId, FieldId};
use permit_ir::verify::VerifiedProgram;
use permit_types::digest::Digest;

const DECLARATIONS: &str = r#"
edition 2026;
module oracle;
enum Tier { basic, gold, vip }
group Team within Team;
agent Bot within Team identified by "spiffe://a.example/bot/*" { tier: Tier; level: int; handle: string; }
agent Clerk within Team identified by "spiffe://a.example/clerk/*" { tier: Tier; level: int; }
resource Org within Org;
resource Customer within Org { tier: Tier; email: string; memo: string?; most: int; friend: Customer?; }
resource Order within Customer, Org {
    customer: Customer; address: string; site: url; total: int; rush: bool; tags: set[string]; mail: email;
}
action read() on Order, Customer;
action refund(amount: int, reason: Tier, text: string, maybe: string?, whom: Customer, link: url, loud: bool,
              words: set[string]) on Order;
action send(text: string, copies: int, day: date, file: path);
action audit(text: string);
permit whatever: read by Bot because "a program has a rule";
"#;

pub(crate) struct Schema {
    pub(crate) program: Program,
    verified: VerifiedProgram,
}

impl Schema {
    pub(crate) fn new() -> Self {
        let mut sources = Sources::new();
        sources.add("oracle.permit", DECLARATIONS.to_owned()).unwrap();
        let compiled = compile(&sources);
        let mut program =
            compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics)).into_program();
        program.rules.clear();
        program.exprs.clear();
        let (name, identified_by) = ("Lead".to_owned(), Some("spiffe://a.example/lead/*".to_owned()));
        let (parents, fields, claimed, requires) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let kind = EntityKind::Person;
        program.entities.push(EntityType { name, kind, parents, identified_by, fields, claimed, requires });
        let total = program.fields.iter().position(|field| field.name == "total").unwrap();
        let order = program.entities.iter_mut().find(|ty| ty.name == "Order").unwrap();
        order.claimed = vec![FieldId(u16::try_from(total).unwrap())];
        let verified = VerifiedProgram::verify(program.clone()).unwrap();
        Self { program, verified }
    }

    pub(crate) fn entity(&self, name: &str) -> EntityTypeId {
        self.verified.entity_type_named(name).unwrap()
    }

    pub(crate) fn action(&self, name: &str) -> ActionId {
        self.verified.action_named(name).unwrap()
    }

    pub(crate) fn field(&self, ty: &str, name: &str) -> FieldId {
        self.verified.field_named(self.entity(ty), name).unwrap()
    }

    pub(crate) fn arg(&self, action: &str, name: &str) -> ArgId {
        self.verified.arg_named(self.action(action), name).unwrap()
    }

    pub(crate) fn engine(&self, program: &VerifiedProgram, facts: &Arc<Facts>, mode: Mode) -> Engine {
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            name: "oracle".to_owned(),
            version: "1".to_owned(),
            compiler_version: "0.1.0".to_owned(),
            edition: 2026,
            tzdb_version: tzdb_version().to_owned(),
            sources: Vec::new(),
        };
        let signer = SigningKey::from_bytes(&[1; 32]).verifying_key();
        let digest = Digest::of(b"");
        let bundle = VerifiedBundle { manifest, program: program.clone(), digest, signer };
        Engine::new(bundle, FactsFile { facts: Arc::clone(facts), digest: Digest([0; 32]) }, mode)
    }
}
