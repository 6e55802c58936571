//! Terraform's rules for schemas, over everything that the provider offers.

use harness::provider::Plugin;
use terraform_provider_probity::probity::Probity;
use terraform_provider_probity::provider::Provider;
use terraform_provider_probity::schema::{Attribute, Nesting, Presence, Schema};
use tfplugin_proto::tfplugin6 as wire;

#[test]
fn every_schema_keeps_terraforms_rules() {
    let probity = Probity::new(".");
    let resources = probity.resources().iter().map(|r| (r.type_name(), r.schema()));
    let sources = probity.data_sources().iter().map(|s| (s.type_name(), s.schema()));
    let mut count = 0;
    for (name, schema) in resources.chain(sources).chain([("provider", probity.schema())]) {
        assert_eq!(schema.check(), [], "{name}");
        assert!(name == "provider" || name.starts_with("probity_"), "{name}");
        count += 1;
    }
    assert!(count >= 4);
    for own in ["alias", "version"] {
        assert!(probity.schema().attribute(own).is_none(), "`{own}` is a word of Terraform's own");
    }
}

#[test]
fn the_check_sees_what_breaks_a_rule() {
    let broken = |attribute: Attribute| {
        let errors = Schema::new("", vec![attribute]).check();
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors[0].to_string()
    };
    assert_eq!(broken(Attribute::string("count")), "`count` is a word of Terraform's own");
    assert!(broken(Attribute::string("Name")).contains("is not a name"));
    let mut attribute = Attribute::bool("on").default(true);
    attribute.presence = Presence::Optional;
    assert!(broken(attribute).contains("has a default"));
    assert!(broken(Attribute::string("x").keep_state()).contains("keeps its state"));
    let inner = vec![Attribute::string("id").computed()];
    assert!(broken(Attribute::nested("x", Nesting::Set, inner)).contains("inside a set"));
    let twice = Schema::new("", vec![Attribute::string("a"), Attribute::bool("a")]).check();
    assert!(twice[0].to_string().contains("appears twice"));
}

#[tokio::test]
async fn the_schema_is_the_same_in_every_process() {
    let (_one, first) = Plugin::start().await;
    let (_two, mut second) = Plugin::start().await;
    assert_eq!(first.schema, second.schema);
    assert!(second.schema.diagnostics.is_empty());
    let capabilities = second.schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);

    let metadata =
        second.raw().get_metadata(wire::get_metadata::Request {}).await.unwrap().into_inner();
    let named: Vec<&str> = metadata.resources.iter().map(|r| r.type_name.as_str()).collect();
    let mut schemas: Vec<&str> = first.schema.resource_schemas.keys().map(String::as_str).collect();
    schemas.sort_by_key(|name| named.iter().position(|other| other == name));
    assert_eq!(named, schemas);
    let functions =
        second.raw().get_functions(wire::get_functions::Request {}).await.unwrap().into_inner();
    assert!(functions.functions.is_empty());
    assert!(second.unimplemented().await);
}
