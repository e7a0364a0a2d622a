use actas::{Actor, Guard, PriorActor};

fn main() {}

fn policy() -> Guard {
    Guard::deny_when_impersonated().allow_actors(|actor: &PriorActor| &*actor.subject == "admin_1")
}

fn is_trusted(actor: &Actor) -> bool {
    &*actor.subject == "admin_1"
}

fn by_the_first_in_the_chain(actor: &Actor) -> bool {
    actor.prior().last().is_some_and(is_trusted)
}
