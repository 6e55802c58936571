//! The cases that are not run, by reason. A case listed here that passes fails the test.

/// A reason, and what it holds for: a case (`file/section/name`) or all that begin so.
const SKIPPED: &[(&str, &[&str])] = &[
    (
        "unknown names are refused when an expression is compiled, even where evaluation would absorb them",
        &[
            "basic/variables/unbound_is_runtime_error",
            "basic/functions/unbound_is_runtime_error",
            "parse/receiver_function_names/",
        ],
    ),
    (
        "containers (namespaces of names), which controls do not have",
        &[
            "bindings_ext/bind/shadowing_namespace_resolution",
            "bindings_ext/bind/shadowing_namespace_resolution_selector",
            "namespace/namespace/self_eval_container_lookup",
            "namespace/namespace/self_eval_container_lookup_unchecked",
            "namespace/namespace_shadowing/basic",
            "namespace/namespace_shadowing/disambiguation",
            "namespace/namespace_shadowing/comprehension_shadowing",
            "namespace/namespace_shadowing/comprehension_shadowing_disambiguation",
            "namespace/namespace_shadowing/comprehension_shadowing_parse_only",
            "namespace/namespace_shadowing/comprehension_shadowing_namespaced_selector",
            "namespace/namespace_shadowing/comprehension_shadowing_namespaced_selector_parse_only",
            "namespace/namespace_shadowing/comprehension_shadowing_namespaced_selector_disambiguation",
            "namespace/namespace_shadowing/comprehension_shadowing_nesting",
        ],
    ),
    (
        "protobuf messages, which controls never see",
        &[
            "comparisons/eq_literal/eq_dyn_json_null",
            "comparisons/eq_literal/not_eq_dyn_proto2_msg_null",
            "comparisons/eq_literal/not_eq_dyn_proto3_msg_null",
            "comparisons/eq_wrapper/",
            "comparisons/ne_literal/ne_proto2",
            "comparisons/ne_literal/ne_proto3",
            "comparisons/ne_literal/ne_proto2_missing_fields_neq",
            "comparisons/ne_literal/ne_proto3_missing_fields_neq",
            "comparisons/ne_literal/ne_proto_nan_not_equal",
            "comparisons/ne_literal/ne_proto_different_types",
            "comparisons/ne_literal/ne_proto2_any_unpack",
            "comparisons/ne_literal/ne_proto2_any_unpack_bytewise_fallback",
            "comparisons/ne_literal/ne_proto3_any_unpack",
            "comparisons/ne_literal/ne_proto3_any_unpack_bytewise_fallback",
            "optionals/optionals/has_optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field",
            "optionals/optionals/optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field",
            "optionals/optionals/struct_map_optindex_field",
            "optionals/optionals/struct_optional_ofNonZeroValue_map_optindex_field",
            "optionals/optionals/struct_map_optindex_field_nested",
            "optionals/optionals/struct_list_optindex_field",
            "optionals/optionals/empty_struct_optindex_hasValue",
            "optionals/optionals/optional_empty_struct_optindex_hasValue",
            "optionals/optionals/struct_optindex_value",
            "optionals/optionals/optional_struct_optindex_value",
            "optionals/optionals/optional_struct_optindex_index_value",
            "parse/nest/message_literal",
            "parse/repeat/select",
            "parse/repeat/message_literal",
            "parse/comments/new_line_terminated",
            "parse/whitespace/spaces",
            "parse/whitespace/new_lines",
            "parse/whitespace/tabs",
            "parse/whitespace/new_pages",
            "parse/whitespace/carriage_returns",
            "parse/struct_field_names/",
        ],
    ),
    (
        "an IPv4 address inside of IPv6 is refused in every spelling, as Kubernetes refuses it",
        &["network_ext/ipv4/ipv4_equals_ipv6", "network_ext/ipv4/ipv4_not_equals_ipv6"],
    ),
    (
        "a search from beyond the end finds nothing, as in Kubernetes (cel-go); the cases want an error",
        &[
            "string_ext/value_errors/indexof_out_of_range",
            "string_ext/value_errors/lastindexof_out_of_range",
        ],
    ),
    (
        "`getMilliseconds` of a duration is the whole of it, as in Kubernetes (cel-go), not the part below a second",
        &["timestamps/duration_converters/get_milliseconds"],
    ),
    (
        "the expected bytes hold an escape of the text format that the case was written in",
        &[
            "parse/bytes_literals/triple_single_quoted_unescaped_punctuation",
            "parse/bytes_literals/triple_double_quoted_unescaped_punctuation",
        ],
    ),
];

/// All entries; what no case uses is a mistake.
pub(super) fn all() -> Vec<&'static str> {
    SKIPPED.iter().flat_map(|(_, entries)| entries.iter().copied()).collect()
}

/// Why a case is skipped, if it is; marks the entry as used.
pub(super) fn reason(id: &str, unused: &mut Vec<&'static str>) -> Option<&'static str> {
    let (reason, entry) = SKIPPED.iter().find_map(|(reason, entries)| {
        let entry = entries
            .iter()
            .find(|entry| id == **entry || (entry.ends_with('/') && id.starts_with(**entry)))?;
        Some((*reason, *entry))
    })?;
    unused.retain(|own| *own != entry);
    Some(reason)
}
