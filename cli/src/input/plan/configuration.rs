//! The `configuration` part of a plan: provider blocks as far as they are literal or variables,
//! and where modules come from.

use std::path::PathBuf;

use probity_catalog::{
    Arena, Environment, Value,
    source::{Kind, Node},
};

/// Our provider's local name at the end of its source address.
const PROVIDER: &str = "probity";

pub(super) struct Configuration<'n> {
    root: &'n Node,
}

impl<'n> Configuration<'n> {
    pub(super) fn new(plan: &'n Node) -> Self {
        Self { root: plan }
    }

    fn providers(&self) -> impl Iterator<Item = (&'n str, &'n Node)> {
        let configuration = self.root.get("configuration");
        let providers = configuration.and_then(|node| node.get("provider_config"));
        let entries =
            providers.and_then(Node::as_mapping).map(|mapping| mapping.entries.as_slice());
        entries
            .unwrap_or_default()
            .iter()
            .map(|entry| (entry.key.as_str(), &entry.value))
            .filter(|(_, node)| node.get("name").and_then(Node::as_str) == Some(PROVIDER))
    }

    /// Regimes and environment that the provider blocks switch on.
    pub(super) fn settings(&self) -> (Vec<String>, Option<Environment>) {
        let mut regimes = Vec::new();
        let mut environment = None;
        for (_, provider) in self.providers() {
            let given = |name: &str| {
                provider
                    .get("expressions")
                    .and_then(|node| node.get(name))
                    .and_then(|expression| self.constant(expression))
            };
            if let Some(Kind::Sequence(elements)) = given("regimes").map(|node| &node.kind) {
                regimes.extend(elements.iter().filter_map(Node::as_str).map(str::to_owned));
            }
            let named = given("environment").and_then(Node::as_str);
            environment = environment.max(named.and_then(|name| name.parse().ok()));
        }
        (regimes, environment)
    }

    /// What expressions see as `provider` for one resource; what is not readable is unknown.
    pub(super) fn provider<'a>(
        &self,
        module: &str,
        kind: &str,
        name: &str,
        arena: &'a Arena,
    ) -> Value<'a> {
        let key = self.provider_key(module, kind, name).unwrap_or(PROVIDER);
        let block = self.providers().find(|(own, _)| *own == key).map(|(_, node)| node);
        let expressions = block.and_then(|node| node.get("expressions"));
        let attribute = |name: &str| match expressions.and_then(|node| node.get(name)) {
            Some(expression) => self.value(expression, arena),
            None => Value::Unknown,
        };
        let fields = [
            ("region", attribute("region")),
            ("account_id", only(attribute("allowed_account_ids"))),
            ("partition", Value::Unknown),
            ("defaults", attribute("defaults")),
        ];
        Value::Map(arena.alloc_slice_copy(&fields))
    }

    fn provider_key(&self, module: &str, kind: &str, name: &str) -> Option<&'n str> {
        let resources = self.module(module)?.get("resources")?.as_sequence()?;
        let text = |node: &'n Node, field: &str| node.get(field).and_then(Node::as_str);
        let own = resources
            .iter()
            .find(|node| text(node, "type") == Some(kind) && text(node, "name") == Some(name))?;
        // In a module the key carries the module's name, `module.a:probity`.
        text(own, "provider_config_key").map(|key| key.rsplit(':').next().unwrap_or(key))
    }

    /// The folder of a module beside the root module; none for modules that come from elsewhere.
    pub(super) fn folder(&self, module: &str) -> Option<PathBuf> {
        let mut folder = PathBuf::new();
        let mut node = self.root.get("configuration").and_then(|node| node.get("root_module"));
        for name in module_names(module) {
            let call = node?.get("module_calls")?.get(&name)?;
            let source = call.get("source")?.as_str()?;
            (source.starts_with("./") || source.starts_with("../")).then_some(())?;
            folder.push(source);
            node = call.get("module");
        }
        Some(folder)
    }

    fn module(&self, module: &str) -> Option<&'n Node> {
        let mut node = self.root.get("configuration")?.get("root_module")?;
        for name in module_names(module) {
            node = node.get("module_calls")?.get(&name)?.get("module")?;
        }
        Some(node)
    }

    /// A literal, or the value of a variable that stands alone.
    fn constant(&self, expression: &'n Node) -> Option<&'n Node> {
        if let Some(constant) = expression.get("constant_value") {
            return Some(constant);
        }
        let references = expression.get("references")?.as_sequence()?;
        let name = match references {
            [only] => only.as_str()?.strip_prefix("var.")?,
            _ => return None,
        };
        self.root.get("variables")?.get(name)?.get("value")
    }

    /// An expression's value; a block is a mapping or a list of mappings of expressions.
    fn value<'a>(&self, expression: &'n Node, arena: &'a Arena) -> Value<'a> {
        if let Some(constant) = self.constant(expression) {
            return constant.to_value(arena);
        }
        match &expression.kind {
            Kind::Sequence(blocks) => match blocks.as_slice() {
                [block] => self.value(block, arena),
                _ => Value::Unknown,
            },
            Kind::Mapping(mapping) if expression.get("references").is_none() => {
                let fields: Vec<_> = mapping
                    .entries
                    .iter()
                    .map(|entry| (&*arena.alloc_str(&entry.key), self.value(&entry.value, arena)))
                    .collect();
                Value::Map(arena.alloc_slice_copy(&fields))
            }
            _ => Value::Unknown,
        }
    }
}

/// The names in `module.a["x.y"].module.b`.
fn module_names(address: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_usize);
    for character in address.chars() {
        match character {
            '"' if !escaped => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => parts.push(String::new()),
            _ if depth == 0 => {
                if let Some(part) = parts.last_mut() {
                    part.push(character);
                }
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
    }
    parts.chunks(2).filter_map(|pair| pair.get(1).cloned()).collect()
}

/// The account that is left when all others are ruled out.
fn only(allowed: Value<'_>) -> Value<'_> {
    match allowed {
        Value::List([only]) => *only,
        _ => Value::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use probity_catalog::source::{Options, Source};

    use super::*;

    fn plan() -> Node {
        let text = r#"{
          "variables": {"region": {"value": "eu-central-1"}},
          "configuration": {
            "provider_config": {
              "probity": {"name": "probity", "expressions": {
                "region": {"references": ["var.region"]},
                "environment": {"constant_value": "staging"},
                "regimes": {"constant_value": ["sox"]},
                "defaults": [{"kms_key_arn": {"constant_value": "arn:k"}, "log_bucket": {"references": ["x.y", "x"]}}]}},
              "probity.us": {"name": "probity", "alias": "us", "expressions": {"region": {"constant_value": "us-east-1"},
                "allowed_account_ids": {"constant_value": ["111122223333"]}}},
              "aws": {"name": "aws", "expressions": {"regimes": {"constant_value": ["gdpr"]}}}},
            "root_module": {
              "resources": [{"type": "probity_kms_key", "name": "k", "provider_config_key": "probity.us"}],
              "module_calls": {"a": {"source": "./modules/a", "module": {
                "module_calls": {"b": {"source": "../b", "module": {}}, "r": {"source": "ns/name/aws", "module": {}}}}}}}}}"#;
        Source::new("t.json", text).unwrap().document(&Options::default()).unwrap().root
    }

    #[test]
    fn provider_blocks_are_read() {
        let plan = plan();
        let configuration = Configuration::new(&plan);
        let (regimes, environment) = configuration.settings();
        assert_eq!((regimes, environment), (vec!["sox".to_owned()], Some(Environment::Staging)));
        let arena = Arena::new();
        let provider = configuration.provider("", "probity_s3_bucket", "b", &arena);
        let at = |path: &str| provider.lookup(&path.parse().unwrap()).unwrap();
        assert_eq!(at("region"), "eu-central-1".into());
        assert_eq!(at("defaults.kms_key_arn"), "arn:k".into());
        assert!(at("defaults.log_bucket").is_unknown() && at("account_id").is_unknown());
        let other = configuration.provider("", "probity_kms_key", "k", &arena);
        assert_eq!(other.get("region"), Some("us-east-1".into()));
        assert_eq!(other.get("account_id"), Some("111122223333".into()));
    }

    #[test]
    fn modules_beside_the_root_are_found() {
        let plan = plan();
        let configuration = Configuration::new(&plan);
        assert_eq!(configuration.folder(""), Some(PathBuf::new()));
        assert_eq!(configuration.folder("module.a[\"x.y\"]"), Some("./modules/a".into()));
        assert_eq!(configuration.folder("module.a.module.b[0]"), Some("./modules/a/../b".into()));
        assert_eq!(configuration.folder("module.a.module.r"), None);
        assert_eq!(configuration.folder("module.unknown"), None);
    }
}
