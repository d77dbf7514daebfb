//! Every message that an author of a course can meet, each with its code: there is no other way to make a [`super::Diagnostic`].
//!
//! A message without a specimen in `tests/specimens/<code>/` fails the tests. Knows no files and no places.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! messages {
    ($($name:ident $(($($field:ident),+))? = $code:literal, $text:literal;)+) => {
        /// What is wrong: lower case, no full stop.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Message {
            $(
                #[doc = concat!("`", $code, "`")]
                $name $(($(messages!(@text $field)),+))?,
            )+
        }

        impl Message {
            /// The codes of all messages.
            pub const CODES: &[&str] = &[$($code),+];

            /// Its name, which stays the same when its words change.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)+ }
            }
        }

        impl fmt::Display for Message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$name $(($($field),+))? => write!(f, $text),)+ }
            }
        }
    };
    (@text $field:ident) => { String };
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A message, with what its text names filled in.
macro_rules! message {
    ($name:ident) => { $crate::diagnostic::Message::$name };
    ($name:ident, $($value:expr),+) => {
        $crate::diagnostic::Message::$name($($crate::diagnostic::text(&$value)),+)
    };
}

pub(crate) use message;

/// What is filled in, as a text.
pub(crate) fn text(value: &dyn fmt::Display) -> String {
    value.to_string()
}

messages! {
    // The course's files and folders.
    NoLab = "no-lab", "the course has no labs: no file `labs/<lab>/lab.yaml`";
    HintsMissing(wanted, found) = "hints-missing", "a variant has {wanted} hints, 1.md to {wanted}.md; found {found}";
    NothingBroken = "nothing-broken", "no manifest, neither here nor in the base: nothing is broken";
    TooFewFixes(least, found) = "too-few-fixes", "a variant has at least {least} fixes; found {found}";
    NoIdleWrongFix = "no-idle-wrong-fix", "no wrong fix does nothing: one has `run: []`";
    NoSymptom = "no-symptom", "no `symptom`: what must be true before the learner is let in?";
    NoObjective = "no-objective", "no check has `role: objective`: there is nothing to solve";
    EvictionWithoutRollout(check) = "eviction-without-rollout", "check `{check}` evicts a Pod of a workload that no `rollout` asks about";
    EvictionHoldTooShort(check, hold) = "eviction-hold-too-short", "check `{check}` must watch for at least {hold}, as the `rollout` of its workload: the next check would find the new Pod too young";
    ExpressionWrong(why) = "expression-wrong", "the expression is wrong: {why}";
    ToBeFilledIn(marker) = "to-be-filled-in", "`{marker}` is left to be filled in";
    NobodyReads = "nobody-reads", "nothing reads this file";
    NoSuchLab(lab) = "no-such-lab", "there is no lab `{lab}`";
    VariantUnlisted(lab) = "variant-unlisted", "`labs/{lab}/lab.yaml` does not list this variant";
    CopyOfBase = "copy-of-base", "this file is the base's, word for word";
    RightKeyNotOffered(key) = "right-key-not-offered", "`{key}` is right in a variant of this lab, and not offered";
    TooFewDecoys(least, found) = "too-few-decoys", "at least {least} constraints are right in no variant; found {found}";
    Leak(word) = "leak", "`{word}` gives the cause away";
    FileMissing = "file-missing", "the file is missing";
    NotUtf8(line) = "not-utf8", "line {line} is not UTF-8";
    LabCalledImages = "lab-called-images", "a lab may not be called `images`: `scenarios/images` has the workload models";
    NoMinutes = "no-minutes", "`minutes` must be at least 1";
    NoVariant = "no-variant", "a lab has at least one variant";
    VariantCalledBase = "variant-called-base", "a variant may not be called `base`: that folder has what all variants share";
    VariantTwice(variant) = "variant-twice", "variant `{variant}` is listed twice";
    NoVariantFolder(folder, variant) = "no-variant-folder", "no folder `{folder}/{variant}`";
    TableWithoutModel = "table-without-model", "no `model`: how do these images behave?";
    ImageTwice(image, tag) = "image-twice", "image `{image}:{tag}` is there twice";
    NoSubject = "no-subject", "no `subject`: which workload is broken?";
    LetNoMap(shape) = "let-no-map", "`let` is a map from names to expressions, not {shape}";
    NameTwice(name) = "name-twice", "there is a parameter `{name}` already";
    // YAML, versions, and values that are not of their form.
    NoFormatVersion = "no-format-version", "no `format_version`";
    UnknownField(name) = "unknown-field", "unknown field `{name}`";
    NewerFormat(version) = "newer-format", "written for a newer labctl: format_version {version}";
    OlderFormat(version) = "older-format", "written for an older labctl: format_version {version}";
    NoSuchFormat(found) = "no-such-format", "no such format_version: {found}";
    UnknownValue(name) = "unknown-value", "unknown value `{name}`";
    FieldMissing(name) = "field-missing", "no `{name}`";
    NoYaml(why) = "no-yaml", "{why}";
    NoForm(why) = "no-form", "{why}";
    NoValue = "no-value", "no value is given here";
    OtherShape(expected, found) = "other-shape", "expected {expected}, found {found}";
    NoText(text) = "no-text", "a text is expected here: write it in quotes, \"{text}\"";
    Expected(expected) = "expected", "expected {expected}";
    NoDuration(text) = "no-duration", "`{text}` is no duration: write it as `300ms`, `5s` or `1m30s`";
    // What the seed picks, what follows from it, and what refers to it.
    ParameterName(name) = "parameter-name", "`{name}` is no parameter's name: lower case letters, digits and underscores, a letter first";
    ParameterNameTaken(name) = "parameter-name-taken", "a parameter may not be called `{name}`: that name stands for something else";
    CountOutOfRange(count, most) = "count-out-of-range", "`count` is {count}: it must be from 1 to {most}, the number of items";
    NotOneChoice(name, found) = "not-one-choice", "parameter `{name}` has `one_of`, or `from` and `to`, or `some_of`; found: {found}";
    RangeReversed(from, to) = "range-reversed", "`from` is {from} and `to` is {to}: write the lesser first";
    RangeTooFar = "range-too-far", "from the least to the greatest number is too far";
    NothingToPick = "nothing-to-pick", "no item to pick from";
    ItemNothing(at) = "item-nothing", "{at}nothing is no value";
    ItemNumber(at, number) = "item-number", "{at}{number} is no whole number that fits: write it in quotes";
    ItemLacks(path) = "item-lacks", "this item has no `{path}`, and the first one has";
    ItemHasMore(path) = "item-has-more", "this item has `{path}`, and the first one has not";
    ItemUnlike(at, shape, first) = "item-unlike", "{at}this is {shape}, and in the first item it is {first}";
    NoElse = "no-else", "no value: `when` is not true, and there is no `else`";
    NoExpression(found) = "no-expression", "an expression is expected here, a text; found {found}";
    GluedExpression = "glued-expression", "an expression takes a parameter as a variable, not as text";
    FieldTwice(name) = "field-twice", "`{name}` is given twice";
    RefersToNothing(written) = "refers-to-nothing", "`{written}` refers to nothing: write `${{name}}`, or `$${{` where `${{` is meant";
    UnknownParameter(path) = "unknown-parameter", "unknown parameter `{path}`";
    NameNoText(name, shape) = "name-no-text", "`{name}` is {shape}: the name of a field is a text";
    WhenNoTruth = "when-no-truth", "the expression of `when` is neither true nor false";
    NoPlaceInText(path, shape) = "no-place-in-text", "`{path}` is {shape}: only a text or a number has a place inside a text";
    NoFields(path, part, shape) = "no-fields", "`{path}`: `{part}` is {shape}, which has no fields";
    ValuesNoMap(shape) = "values-no-map", "`values` is a map, not {shape}";
    UnknownName(what, name) = "unknown-name", "unknown {what} `{name}`";
    Undefined(what) = "undefined", "{what} is undefined";
    TemplateWrong(why) = "template-wrong", "{why}";
    // The cluster.
    NoAddressLeft(subnet, group) = "no-address-left", "subnet `{subnet}` has no address left for node group `{group}`";
    NoNode = "no-node", "the cluster has no node";
    KubernetesVersion(version) = "kubernetes-version", "`{version}` is no minor version of Kubernetes: write it as \"1.36\"";
    ZoneOfOtherRegion(zone, region) = "zone-of-other-region", "zone `{zone}` is not in region `{region}`";
    SubnetOverlaps(cidr, other, others) = "subnet-overlaps", "`{cidr}` overlaps subnet `{other}`, {others}";
    NoSubnet = "no-subnet", "the cluster has no subnet";
    TooManyNodes(most) = "too-many-nodes", "a node group has at most {most} nodes";
    GroupWithoutSubnet(group) = "group-without-subnet", "node group `{group}` has no subnet";
    UnknownSubnet(subnet) = "unknown-subnet", "unknown subnet `{subnet}`";
    SubnetForm(text) = "subnet-form", "`{text}` is no subnet: write it as `10.0.16.0/24`";
    SubnetSize(text) = "subnet-size", "`{text}`: a subnet of a VPC is from /16 to /28";
    SubnetStart(text, begins) = "subnet-start", "`{text}` does not begin at its first address, {begins}";
    // Objects and manifests.
    NameAndSelector = "name-and-selector", "`name` and `selector` exclude each other";
    NoWorkload(kind) = "no-workload", "`{kind}` is no workload";
    NameMissing = "name-missing", "one object is meant here: give its `name`";
    NamespaceMissing(kind, name) = "namespace-missing", "{kind} `{name}` has no `namespace`";
    KindNotWellKnown(kind) = "kind-not-well-known", "kind `{kind}` is not well known: give its `api_version`";
    NamespaceOfClusterScoped(kind) = "namespace-of-cluster-scoped", "{kind} is cluster-scoped: it has no `namespace`";
    EmptyText(field) = "empty-text", "`{field}` is empty";
    ManifestWithoutNamespace(kind) = "manifest-without-namespace", "this {kind} has no `metadata.namespace`";
    ManifestWithNamespace(kind) = "manifest-with-namespace", "{kind} is cluster-scoped: it has no namespace";
    UnknownManifest(name) = "unknown-manifest", "unknown manifest `{name}`";
    HandedOutAlready(path) = "handed-out-already", "there is no place for `{path}`";
    // Checks and symptoms.
    NoCheck = "no-check", "a scenario has at least one check";
    CheckWithoutRole(check) = "check-without-role", "check `{check}` has no `role`: objective or safeguard";
    SymptomWithRole = "symptom-with-role", "a symptom has no `role`";
    SymptomOfOtherKind(symptom, known) = "symptom-of-other-kind", "symptom `{symptom}` asks what only a check can: a symptom has one of {known}";
    CheckId(id) = "check-id", "`{id}` is no id: lower case letters, digits and hyphens, a letter first";
    NotOneQuestion(known, found) = "not-one-question", "a check has exactly one of: {known}; found: {found}";
    NoRightAnswer(field) = "no-right-answer", "`{field}` is empty: no answer would be right";
    NoObjectName(object) = "no-object-name", "`{object}` is no object: write it as `deployment/cart`";
    NoRegularExpression(text) = "no-regular-expression", "`{text}` is no regular expression";
    NoIdentifier(name) = "no-identifier", "`{name}` is no name in an expression: letters, digits and underscores";
    DeadlineTooShort(hold) = "deadline-too-short", "`deadline` must be longer than `hold`, {hold}";
    NoPathBelowWork(path) = "no-path-below-work", "`{path}` is no path below the work folder";
    NoWeight = "no-weight", "`weight` must be at least 1: a check that counts for nothing is none";
    UnknownFile(name) = "unknown-file", "unknown file `{name}`";
    NoRule = "no-rule", "`written` has at least one file, and a rule or a form";
    NeedsCluster(what) = "needs-cluster", "{what} needs a cluster, and the scenario has none";
    UnknownRule(check, rule) = "unknown-rule", "check `{check}` has no rule `{rule}`";
    NotOneHome = "not-one-home", "`placed` has either `node_groups` or `zone`";
    NoNodeGroups = "no-node-groups", "`node_groups` is empty: where does it belong?";
    NoTarget(to) = "no-target", "`{to}` is neither a URL that begins with `http://` nor a name to look up";
    EvictsWhoAsks = "evicts-who-asks", "requests are made in a Pod of the workload of which one is evicted; ask from another";
    NotSoManyRequests(least, most) = "not-so-many-requests", "`lasts` has room for {least} to {most} requests, one `every`";
    NoSecond = "no-second", "`since` is at least one second: logs have no shorter memory";
    NotOneLine = "not-one-line", "`logs` has either `says` or `never`";
    NotOneOutcome = "not-one-outcome", "a request to a URL may have `status` or `fails`, one for a name `address_of` or `fails`";
    ReplicasOfDaemonSet = "replicas-of-daemon-set", "a DaemonSet has no `replicas`: its nodes decide";
    NoReplicasWanted = "no-replicas-wanted", "`replicas` must be at least 1: scaling to zero is no fix";
    RolloutWithoutReplicas(kind, name) = "rollout-without-replicas", "rollout of {kind} `{name}` has no `replicas`";
    NoNamespaces = "no-namespaces", "`namespaces` is empty: nothing would have to run";
    UnchangedNothing = "unchanged-nothing", "`objects` is empty: nothing can change";
    NoPointer(text) = "no-pointer", "`{text}` is no JSON pointer: write it as `/spec/template`";
    // Fixes and wrong fixes.
    FixWithoutCommand = "fix-without-command", "a fix has at least one command";
    UnknownCheck(check) = "unknown-check", "unknown check `{check}`";
    PatchOrRun(case) = "patch-or-run", "case `{case}` has either `run` or a patch (`patch`, `container`, `spec`), which may have lines `before` and `after` it";
    NoFileName(name) = "no-file-name", "`{name}` is no plain file name";
    FixCaught(fix) = "fix-caught", "fix `{fix}` has `caught_by`, as only wrong fixes do";
    WrongFixNotCaught(fix) = "wrong-fix-not-caught", "wrong fix `{fix}` has no `caught_by`";
    CaughtByNothing = "caught-by-nothing", "`caught_by` is empty: some check must fail";
    PatchNoMap = "patch-no-map", "`patch` is a map, or a list of maps that are laid over each other";
    // A diagnosis, as a variant has it or as somebody gives it.
    AnswerNotUtf8 = "answer-not-utf8", "the file is not UTF-8";
    AnswerWithoutEvidence = "answer-without-evidence", "`evidence` is empty";
    UnknownKey(field, key) = "unknown-key", "unknown `{field}`: `{key}`";
    AnswerObject(object) = "answer-object", "`{object}` is no object";
}
