use crate::case::Build::{self, Axum, Op};
use crate::case::{Backend, Case};
use crate::fixture::Algorithm;
use crate::mode::Mode::{Cold, Flood, Warm};
use crate::{actix_apps, axum_apps, token};

/// Many, where what the process does beside them must not be seen.
const CHEAP: u32 = 4000;
/// Few, where each is a signature verified.
const DEAR: u32 = 100;
/// Each brings a token not seen before, and what the cache does now and then is spread over them.
const FLOOD: u32 = 400;

/// Every case there is in this build.
pub fn all() -> Vec<Case> {
    [
        tokens(),
        refusals(),
        axum(),
        actix(),
        #[cfg(feature = "peers")]
        crate::peers::all(),
    ]
    .concat()
}

fn tokens() -> Vec<Case> {
    let each = |who, calls, op| cases("token", who, Algorithm::ALL, calls, Op(op));
    [
        each("aws-lc-rs", DEAR, token::bare),
        each("actas-cold", DEAR, |setup| token::actas(setup, Cold)),
        each("actas-flood", FLOOD, |setup| token::actas(setup, Flood)),
        each("actas-warm", CHEAP, |setup| token::actas(setup, Warm)),
    ]
    .concat()
}

fn refusals() -> Vec<Case> {
    let rsa = |who, op| cases("refused", who, Algorithm::RSA, CHEAP, Op(op));
    [
        rsa("form", token::refused_form),
        rsa("size", token::refused_size),
        rsa("unknown-kid", token::refused_kid),
        rsa("algorithm", token::refused_algorithm),
        cases(
            "refused",
            "signature",
            Algorithm::ALL,
            DEAR,
            Op(token::refused_signature),
        ),
    ]
    .concat()
}

fn axum() -> Vec<Case> {
    let control = |who, app| cases("axum", who, Algorithm::RSA, CHEAP, Axum(app));
    let each = |who, calls, app| cases("axum", who, Algorithm::ALL, calls, Axum(app));
    [
        control("none", axum_apps::none),
        control("no-op", axum_apps::noop),
        control("no-op-insert", axum_apps::noop_insert),
        control("no-op-extractor", axum_apps::noop_extractor),
        each("actas-extractor-warm", CHEAP, |setup| {
            axum_apps::actas_extractor(setup, Warm)
        }),
        each("actas-around-warm", CHEAP, |setup| {
            axum_apps::actas_around(setup, Warm)
        }),
        each("actas-layer-warm", CHEAP, |setup| {
            axum_apps::actas_layer(setup, Warm)
        }),
        each("actas-layer-cold", DEAR, |setup| {
            axum_apps::actas_layer(setup, Cold)
        }),
    ]
    .concat()
}

fn actix() -> Vec<Case> {
    let control = |who, op, serve| {
        cases(
            "actix",
            who,
            Algorithm::RSA,
            CHEAP,
            Build::Actix { op, serve },
        )
    };
    let each = |who, calls, op, serve| {
        cases(
            "actix",
            who,
            Algorithm::ALL,
            calls,
            Build::Actix { op, serve },
        )
    };
    [
        control("none", actix_apps::none_op, actix_apps::none_serve),
        control("no-op", actix_apps::noop_op, actix_apps::noop_serve),
        each(
            "actas-extractor-warm",
            CHEAP,
            |setup| actix_apps::actas_extractor_op(setup, Warm),
            |setup| actix_apps::actas_extractor_serve(setup, Warm),
        ),
        each(
            "actas-warm",
            CHEAP,
            |setup| actix_apps::actas_op(setup, Warm),
            |setup| actix_apps::actas_serve(setup, Warm),
        ),
        each(
            "actas-cold",
            DEAR,
            |setup| actix_apps::actas_op(setup, Cold),
            |setup| actix_apps::actas_serve(setup, Cold),
        ),
    ]
    .concat()
}

/// One for each algorithm.
fn cases(
    place: &'static str,
    who: &'static str,
    algorithms: &[Algorithm],
    calls: u32,
    build: Build,
) -> Vec<Case> {
    let backend = Backend::AwsLcRs;
    let case = |algorithm: &Algorithm| Case {
        place,
        who,
        algorithm: *algorithm,
        backend,
        calls,
        build,
    };
    algorithms.iter().map(case).collect()
}
