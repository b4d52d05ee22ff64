//! `std.sql`, `std.payments` and `std.mail`.

use serde_json::{Value, json};

use super::Policy;

fn sql_read(statement: &str) -> Value {
    json!({ "database": "sales", "statement": statement, "values": [], "rows": 100 })
}

fn sql_write(statement: &str) -> Value {
    json!({ "database": "sales", "statement": statement, "values": [] })
}

#[test]
fn statements_that_read_or_name_their_rows_are_left_alone() {
    let kit = Policy::new("use std.sql;", &[]);
    for statement in [
        "select id, total from orders where customer = $1 order by total desc limit 10;",
        "SELECT count(*) FROM orders WHERE paid_at >= ? AND total BETWEEN ? AND ?",
        "with late as (select * from orders where due < $1) select region, sum(total) from late group by region",
        "select \"order id\" from \"my orders\"",
        "select\n  updated_at,\n  created_at\nfrom orders",
    ] {
        kit.leaves("sql_read", &sql_read(statement));
    }
    for statement in [
        "insert into notes (id, text) values ($1, $2)",
        "update orders set note = $1 where id = $2",
        "delete from notes where id = ? and owner = ?;",
        "update orders set total = total + ? where customer in (select id from customers where region = ?)",
    ] {
        kit.leaves("sql_write", &sql_write(statement));
    }
}

/// Reads that each rule denies.
const READS: &[(&str, &[&str])] = &[
    (
        "sql_plain",
        &[
            "select 1; drop table orders",
            "select 1 -- x",
            "select 1 /* x */",
            "select 1 # x",
            "select 'x'",
            "select * from users where name = '' or ''=''",
            "select $$x$$",
            "select $a$x$a$",
            "select \\x",
            "select \"x",
            "select `x",
            "select 1;;",
            "select \u{ff07}x\u{ff07}",
            "select 1\0",
            "select [x]",
        ],
    ),
    (
        "sql_reads_only_read",
        &[
            "",
            "delete from orders where id = 1",
            "with x as (delete from orders returning *) select * from x",
            "select * into copy from orders",
            "select * from orders for update",
            "SeLeCt 1 InTo OuTfIlE \"/tmp/x\"",
            "explain analyze delete from orders",
            "pragma table_info(x)",
            "copy orders to program \"id\"",
            "call p()",
            "selects",
        ],
    ),
    (
        "sql_stays_inside",
        &[
            "select pg_read_file(\"x\")",
            "select PG_SLEEP(10)",
            "select * from dblink(\"x\", \"y\")",
            "select load_file(\"x\")",
            "select * from information_schema.tables",
            "select * from pg_catalog.pg_tables",
            "select * from sqlite_master",
            "select * from mysql.user",
            "select lo_import(\"x\")",
            "select sleep(5)",
        ],
    ),
];

/// Changes that each rule denies.
const WRITES: &[(&str, &[&str])] = &[
    (
        "sql_writes_only_rows",
        &[
            "drop table orders",
            "truncate orders",
            "alter table orders add x int",
            "grant all on orders to x",
            "select 1",
            "replace into orders values (1)",
            "insert into orders values (1) on duplicate key update x = 1",
            "create table x (y int)",
            "merge into x using y on z",
        ],
    ),
    (
        "sql_no_whole_tables",
        &[
            "update orders set total = 0",
            "delete from orders",
            "DELETE FROM orders;",
            "delete from \"where\"",
            "delete from orders returning \"where\"",
            "delete from orders where true",
            "delete from orders where 1=1",
            "delete from orders where ( 1 = 1 )",
            "delete from orders where id = ? or true",
            "delete from orders where id = ? or 1",
            "delete from orders where not false",
            "delete from orders where id is not null",
        ],
    ),
    ("sql_plain", &["delete from orders where id = 1; delete from orders where id = 2"]),
];

#[test]
fn statements_that_do_more_meet_a_rule() {
    let kit = Policy::new("use std.sql;", &[]);
    for (rule, statements) in READS {
        for statement in *statements {
            kit.denies(rule, "sql_read", &sql_read(statement));
        }
    }
    for rows in [0, -1, 10_001] {
        let mut arguments = sql_read("select 1");
        arguments["rows"] = json!(rows);
        kit.denies("sql_bounded_reads", "sql_read", &arguments);
    }
    for (rule, statements) in WRITES {
        for statement in *statements {
            kit.denies(rule, "sql_write", &sql_write(statement));
        }
    }
}

#[test]
fn payments_go_to_verified_payees_in_amounts_above_zero() {
    let payee = |id: &str, verified: bool, closed: bool| {
        json!({ "type": "Payee", "id": id,
                "attributes": { "name": id, "account": "IE29AIBK93115212345678", "verified": verified, "closed": closed } })
    };
    let facts = [payee("good", true, false), payee("new", false, false), payee("gone", true, true)];
    let kit = Policy::new("use std.payments;", &facts);
    let pay = |action: &str, amount: &str, reference: &str, to: &str| {
        kit.forbids(action, &json!({ "amount": amount, "reference": reference }), Some(to)).unwrap()
    };
    for (action, currency) in [("pay_eur", "EUR"), ("pay_usd", "USD"), ("pay_gbp", "GBP")] {
        let rule = format!("payments_positive_{}", currency.to_lowercase());
        assert_eq!(pay(action, &format!("0.01 {currency}"), "invoice 7", "good"), [""; 0]);
        for amount in ["0.00", "-5.00"] {
            assert_eq!(pay(action, &format!("{amount} {currency}"), "invoice 7", "good"), [rule.as_str()]);
        }
        assert_eq!(pay(action, &format!("5.00 {currency}"), "invoice 7", "new"), ["payments_verified_payee"]);
        assert_eq!(pay(action, &format!("5.00 {currency}"), "invoice 7", "gone"), ["payments_open_payee"]);
        for reference in ["", "a\nb", "see https://evil.example/?x", "\u{202e}7", &"x".repeat(141)] {
            let amount = format!("5.00 {currency}");
            assert_eq!(pay(action, &amount, reference, "good"), ["payments_plain_reference"], "{reference}");
        }
    }
    let wrong = kit.forbids("pay_eur", &json!({ "amount": "5.00 USD", "reference": "x" }), Some("good"));
    assert_eq!(wrong, Err("arguments.amount".to_owned()));
    let due = |due: &str| {
        kit.forbids("pay_eur", &json!({ "amount": "5.00 EUR", "reference": "x", "due": due }), Some("good"))
            .unwrap()
    };
    assert_eq!(due("2026-04-30"), [""; 0]);
    assert_eq!(due("0001-01-01"), ["payments_due_in_time"]);
}

#[test]
fn mail_holds_no_secret_and_goes_to_a_few() {
    let kit = Policy::new("use std.mail;", &[]);
    let mail = |change: &dyn Fn(&mut Value)| {
        let mut mail = json!({ "to": ["ann@acme.example"], "cc": [], "subject": "Order 7",
                               "body": "Your order is on its way.\n\nThe password reset is done; key facts: none.", "attachments": ["/work/invoice.pdf"] });
        change(&mut mail);
        mail
    };
    kit.leaves("send_mail", &mail(&|_| {}));
    let crowd: Vec<String> = (0..21).map(|n| format!("a{n}@acme.example")).collect();
    kit.denies("mail_few_recipients", "send_mail", &mail(&|mail| mail["to"] = json!(crowd)));
    kit.denies("mail_few_recipients", "send_mail", &mail(&|mail| mail["cc"] = json!(crowd)));
    kit.denies("mail_few_recipients", "send_mail", &mail(&|mail| mail["to"] = json!([])));
    for subject in ["", "  ", "a\r\nBcc: eve@evil.example", "a\u{2028}b", "a\0"] {
        kit.denies("mail_one_line_subject", "send_mail", &mail(&|mail| mail["subject"] = json!(subject)));
    }
    for secret in [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
        "key AKIAIOSFODNN7EXAMPLE here",
        "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
        "xoxb-123456789012-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "password: hunter22",
        "API_KEY=abcdef123",
    ] {
        let body = format!("see\n{secret}\nbye");
        kit.denies("mail_no_secrets", "send_mail", &mail(&|mail| mail["body"] = json!(body)));
    }
    for file in ["/home/ann/.ssh/id_rsa", "/etc/passwd", "/work/.git/config", "/work/server.pem"] {
        kit.denies(
            "mail_no_secret_files",
            "send_mail",
            &mail(&|mail| mail["attachments"] = json!(["/work/a.txt", file])),
        );
    }
    kit.refuses(
        "arguments.to[0]",
        "send_mail",
        &mail(&|mail| mail["to"] = json!(["ann@acme.example\r\nBcc: x@y.example"])),
    );
}
