use axum::body::Body;

use crate::support::{Mount, Site, redeem, start, whoami};

const JSON: Option<&str> = Some("application/json");
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn a_body_is_json_or_a_form_and_nothing_else() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        let large = format!(r#"{{"reason":"{}"}}"#, "x".repeat(16 * 1024));
        for (media_type, body, status, code) in [
            (
                Some("text/plain"),
                r#"{"user_id":"user_1"}"#,
                415,
                "unsupported_media_type",
            ),
            (
                Some("multipart/form-data"),
                "",
                415,
                "unsupported_media_type",
            ),
            (None, "", 415, "unsupported_media_type"),
            (None, "user_id=user_1", 415, "unsupported_media_type"),
            (JSON, &large, 413, "body_too_large"),
            (FORM, &large, 413, "body_too_large"),
            (JSON, "", 400, "invalid_parameter"),
            (JSON, "null", 400, "invalid_parameter"),
            (
                JSON,
                r#"["user_1","the export fails",null,null]"#,
                400,
                "invalid_parameter",
            ),
            (JSON, r#"{"user_id":"user_1"}"#, 400, "invalid_parameter"),
            (
                JSON,
                r#"{"user_id":"user_1","reason":"the export fails","actor":"boss"}"#,
                400,
                "invalid_parameter",
            ),
            (
                JSON,
                r#"{"user_id":"user_1","reason":"the export fails","return_to":"/"}"#,
                400,
                "invalid_parameter",
            ),
            // There is nowhere to go without the ticket, which is in the answer.
            (
                FORM,
                "user_id=user_1&reason=the+export+fails&return_to=/",
                400,
                "invalid_parameter",
            ),
            (
                FORM,
                "user_id=user_1&user_id=user_2&reason=x",
                400,
                "invalid_parameter",
            ),
        ] {
            let body = Body::from(body.to_owned());
            let answer = admin.ask("POST", "/support/impersonations", media_type, body);
            let answer = answer.await;
            assert_eq!(answer.status, status, "{mount:?} {answer:?}");
            assert_eq!(answer.json()["code"], code, "{mount:?}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let site = Site::new(Mount::Axum).await;
    let mut admin = site.browser("admin_1");
    for (form, parameter) in [
        ("user_id=a%00b&reason=the+export+fails", "user_id"),
        ("user_id=user_1&reason=short", "reason"),
        (
            "user_id=user_1&reason=the+export+fails%0A%0Dtoday",
            "reason",
        ),
        (
            "user_id=user_1&reason=the+export+fails&ticket=%09%0A7%0A7",
            "ticket",
        ),
        (
            "user_id=user_1&reason=the+export+fails&max_duration=0",
            "max_duration",
        ),
        (
            "user_id=user_1&reason=the+export+fails&max_duration=86401",
            "max_duration",
        ),
    ] {
        let answer = admin.submit("/support/impersonations", form).await;
        assert_eq!(answer.status, 400, "{form}");
        assert_eq!(answer.json()["parameter"], parameter, "{form}");
    }
    for until in ["0", "1800000000", "253402207200001"] {
        let answer = admin
            .submit("/support/me/consent", &format!("until={until}"))
            .await;
        assert_eq!(answer.json()["parameter"], "until", "{until}");
    }
}

#[tokio::test]
async fn a_form_leads_to_a_page_of_its_own_origin() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let mut admin = site.browser("admin_1");
        let begun = admin
            .submit(
                "/support/impersonations",
                "user_id=user_1&reason=the+export+fails&ticket=&max_duration=600",
            )
            .await;
        assert_eq!(begun.status, 201, "{mount:?} {begun:?}");
        let begun = begun.json();
        let ticket = begun["ticket"].as_str().unwrap();
        for elsewhere in [
            "//evil.example",
            "/%5Cevil.example",
            "https://evil.example",
            "users",
        ] {
            let form = format!("ticket={ticket}&return_to={elsewhere}");
            let answer = admin.submit("/support/impersonations/redeem", &form).await;
            assert_eq!(answer.status, 400, "{mount:?} {elsewhere}");
            assert_eq!(answer.json()["parameter"], "return_to");
        }
        let form = format!("ticket={ticket}&return_to=/users/7");
        let answer = admin.submit("/support/impersonations/redeem", &form).await;
        assert_eq!(answer.status, 303, "{mount:?} {answer:?}");
        assert_eq!(answer.header("location"), "/users/7");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.text(), "");
        assert_eq!(whoami(&mut admin).await["actor"], "admin_1", "{mount:?}");
    }
}

#[tokio::test]
async fn a_session_lasts_as_long_as_was_asked_for() {
    let site = Site::new(Mount::Axum).await;
    let mut admin = site.browser("admin_1");
    let wanted = "user_id=user_1&reason=the+export+fails&max_duration=120";
    let begun = admin.submit("/support/impersonations", wanted).await.json();
    let lasts = begun["expire_at"].as_i64().unwrap() - begun["ticket_expire_at"].as_i64().unwrap();
    assert_eq!(lasts, 60_000);
    assert_eq!(redeem(&mut admin, &begun).await.status, 200);

    let begun = start(&mut site.browser("admin_2"), "user_1").await;
    let expires = begun["expire_at"].as_i64().unwrap();
    assert_eq!(expires % 1000, 0);
    let recorded = site.recorded(begun["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(recorded.reason.as_deref(), Some(crate::support::REASON));
    assert_eq!(recorded.expire_at.milliseconds(), expires);
}
