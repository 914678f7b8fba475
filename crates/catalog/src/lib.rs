//! What AWS publishes about actions, resources, condition keys and managed policies.
