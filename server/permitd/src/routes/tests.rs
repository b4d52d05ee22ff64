use std::collections::BTreeSet;

/// `GET /healthz` for `.route("/healthz", get(health::alive))`.
fn routed() -> BTreeSet<String> {
    let calls = include_str!("../routes.rs").split(".route(").skip(1);
    let routes = calls.map(|call| {
        let (path, handler) = call.trim_start().strip_prefix('"').unwrap().split_once("\",").unwrap();
        let (method, _) = handler.trim_start().split_once('(').unwrap();
        format!("{} {path}", method.to_uppercase())
    });
    routes.collect()
}

/// The routes in the table of the page, without their query parameters.
fn documented() -> BTreeSet<String> {
    let page = include_str!("../../../../docs/permitd.md");
    let (_, table) = page.split_once("| route | requires | response |\n").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let routes = rows.filter_map(|row| row.strip_prefix("| `")?.split(['`', '?']).next());
    routes.map(str::to_owned).collect()
}

#[test]
fn every_route_is_documented() {
    let routes = routed();
    assert!(routes.contains("POST /v1/decisions") && routes.contains("GET /healthz"), "{routes:?}");
    assert_eq!(routes, documented());
}
