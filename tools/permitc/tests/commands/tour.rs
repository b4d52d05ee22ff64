//! `docs/tour.md`, from top to bottom: every file it shows is written, every command it shows is run, and every answer is
//! the command's.
//!
//! With `TOUR_UPDATE` in the environment, the page's answers are replaced by what the commands say.

use std::fs;
use std::path::PathBuf;

use crate::bench::Bench;

const PAGE: &str = include_str!("../../../../docs/tour.md");

/// Stands for what depends on how a program is encoded.
const ANY: &str = "…";

#[test]
fn every_answer_of_the_tour_is_what_the_command_says() {
    let bench = Bench::new();
    let mut folder = PathBuf::new();
    let mut page = String::new();
    for (at, part) in PAGE.split("```").enumerate() {
        // Between fences there is text.
        if at % 2 == 0 {
            page.push_str(part);
            continue;
        }
        let (info, body) = part.split_once('\n').unwrap();
        let answered = match info.split_once(' ') {
            Some((_, name)) => {
                let path = bench.path(folder.join(name).to_str().unwrap());
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, body).unwrap();
                body.to_owned()
            }
            None => body
                .lines()
                .filter(|line| line.starts_with("$ "))
                .map(|line| ran(&bench, &mut folder, line))
                .collect(),
        };
        page.push_str(&format!("```{info}\n{answered}```"));
    }
    if std::env::var_os("TOUR_UPDATE").is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tour.md"), &page).unwrap();
    }
    assert_eq!(page, PAGE);
}

/// A line of a console with what it answers.
fn ran(bench: &Bench, folder: &mut PathBuf, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    match words.as_slice() {
        ["cd", into] => {
            folder.push(into);
            format!("{line}\n")
        }
        ["permitc", arguments @ ..] => {
            let said = bench.run_in(folder.to_str().unwrap(), arguments);
            format!("{line}\n{}{}", steady(&said.out), said.err)
        }
        other => {
            assert_eq!(other, ["permitc"], "the tour runs nothing else");
            String::new()
        }
    }
}

/// The text without digests and numbers of bytes.
fn steady(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let steady = match line.split_once(" bytes, sha256:") {
            Some((before, _)) => format!("{}{ANY}", before.trim_end_matches(|c: char| c.is_ascii_digit())),
            None => line.to_owned(),
        };
        lines.push_str(&steady);
        lines.push('\n');
    }
    lines
}
