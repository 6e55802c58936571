//! The declared shapes read as they were meant.

use super::*;

#[test]
fn the_tables_hold_no_mistake() {
    assert_eq!(kubernetes::TABLE.mistakes, Vec::<String>::new());
    assert_eq!(terraform::TABLE.mistakes, Vec::<String>::new());
    let Type::Object(pod) = kubernetes::pod() else { panic!("PodSpec is an object") };
    let containers = pod.field("initContainers").unwrap();
    assert_eq!(containers.kind, Type::list(kubernetes::container()));
    for kind in [
        kubernetes::object_meta(),
        kubernetes::object(),
        kubernetes::namespace(),
        kubernetes::request(),
    ] {
        assert!(matches!(kind, Type::Object(_)));
    }
}

#[test]
fn every_collection_has_an_element() {
    for each in COLLECTIONS {
        assert!(element(each).is_some(), "{each}");
    }
    assert_eq!(element("container"), None);
    assert_eq!(element("volumes"), Some(("volume", kubernetes::volume())));
}

#[test]
fn resources_list_their_attributes() {
    for (type_name, target) in terraform::RESOURCES {
        let resource = terraform::resource(type_name).unwrap();
        assert_eq!(resource.name, target);
        let attributes = terraform::attributes(type_name).unwrap();
        assert!(attributes.iter().any(|field| field.name == "classification" && !field.nullable));
        assert!(attributes.iter().any(|field| field.name == "arn" && field.nullable));
    }
    let bucket = terraform::resource("probity_s3_bucket").unwrap();
    assert_eq!(bucket.fields.len(), 26);
    assert_eq!(bucket.field("versioning").unwrap().kind, Type::Bool);
    assert_eq!(terraform::attributes("aws_s3_bucket"), None);
}

#[test]
fn a_table_says_what_it_got_wrong() {
    let table = table::Table::read(
        "  early int\nA\n  b string\n  c Missing\n  d [int]?\n  e string(x|y)!\n",
        "field",
        true,
    );
    assert_eq!(table.mistakes, ["early int", "c Missing"]);
    let Type::Object(a) = table.get("A") else { panic!("an object") };
    assert_eq!(
        a.field("d").unwrap(),
        &Field { name: "d".into(), kind: Type::list(Type::Int), nullable: true, optional: true }
    );
}
