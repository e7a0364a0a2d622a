//! Every body can be a form as well: the description says so once for all.

use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::{
    Components, ContentBuilder, OpenApi, RefOr, Required, ResponseBuilder, Type,
};

use crate::wire::header;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// Those after which there is nowhere to go: their answer holds the ticket.
const LEADING_NOWHERE: [&str; 2] = ["startImpersonation", "collectImpersonation"];

/// Of its body only the way is read, whatever else it is.
const TAKING_ANY: &str = "stopImpersonation";

/// Describes each body that is JSON as a form, and where a form leads to.
pub(super) struct Forms;

impl Modify for Forms {
    fn modify(&self, description: &mut OpenApi) {
        let Some(components) = &mut description.components else {
            return;
        };
        for schema in components.schemas.values_mut() {
            if let RefOr::T(Schema::OneOf(one_of)) = schema {
                one_of.items.iter_mut().for_each(close);
            }
        }
        for path in description.paths.paths.values_mut() {
            if let Some(operation) = &mut path.post {
                let operation_id = operation.operation_id.as_deref().unwrap_or_default();
                let leads_on = !LEADING_NOWHERE.contains(&operation_id);
                let takes_any = operation_id == TAKING_ANY;
                add_form(operation, components, leads_on);
                if takes_any {
                    open(operation);
                }
            }
        }
    }
}

/// Other members are taken, and there is no JSON in which to name a way.
fn open(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    body.content.remove(JSON);
    if let Some(RefOr::T(form)) = body.content.get_mut(FORM)
        && let Some(RefOr::T(Schema::Object(form))) = &mut form.schema
    {
        form.additional_properties = None;
        // What is no such path leads nowhere, and is not refused.
        if let Some(RefOr::T(Schema::Object(path))) = form.properties.get_mut("return_to") {
            path.pattern = None;
        }
    }
}

/// No other member is taken: the macro says so of structs alone.
fn close(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
}

fn add_form(operation: &mut Operation, components: &Components, leads_on: bool) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    let Some(RefOr::T(json)) = body.content.get(JSON) else {
        return;
    };
    let Some(RefOr::Ref(named)) = &json.schema else {
        return;
    };
    let name = named.ref_location.rsplit('/').next().unwrap_or_default();
    let Some(RefOr::T(schema)) = components.schemas.get(name) else {
        return;
    };
    if matches!(schema, Schema::Object(object) if object.properties.is_empty()) {
        body.required = Some(Required::False);
    }
    let schema = as_form(schema.clone(), leads_on);
    let form = ContentBuilder::new().schema(Some(schema));
    body.content.insert(FORM.to_owned(), RefOr::T(form.build()));
    if leads_on {
        let location = header("`return_to` of the form.", Type::String);
        let response = ResponseBuilder::new()
            .description("It is done, and the form has said where to go.")
            .header("location", location);
        let responses = &mut operation.responses.responses;
        responses.insert("303".to_owned(), RefOr::T(response.build()));
    }
}

/// The same members, none of them `null`, and where the form leads to.
fn as_form(schema: Schema, leads_on: bool) -> RefOr<Schema> {
    RefOr::T(match schema {
        Schema::Object(mut object) => {
            for (name, member) in &mut object.properties {
                // One that is left empty is one that is not there.
                if let RefOr::T(Schema::Object(member)) = member
                    && !object.required.contains(name)
                {
                    member.min_length = None;
                }
                if let RefOr::T(Schema::Object(member)) = member
                    && let SchemaType::Array(types) = &member.schema_type
                    && let Some(own) = types.iter().find(|own| **own != Type::Null)
                {
                    member.schema_type = SchemaType::Type(own.clone());
                }
            }
            if leads_on {
                let path = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some("A path of this origin: where to go afterwards (303)."))
                    .pattern(Some(r"^(/([!-.0-\[\]-~]+(/[!-.0-\[\]-~]+)*/?)?)?$"));
                let path = RefOr::T(Schema::Object(path.build()));
                object.properties.insert("return_to".to_owned(), path);
            }
            Schema::Object(object)
        }
        Schema::OneOf(mut one_of) => {
            one_of.items = one_of
                .items
                .into_iter()
                .map(|item| match item {
                    RefOr::T(item) => as_form(item, leads_on),
                    RefOr::Ref(named) => RefOr::Ref(named),
                })
                .collect();
            Schema::OneOf(one_of)
        }
        other => other,
    })
}
