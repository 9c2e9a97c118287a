"""The policies that every installation begins with, as the migration writes them."""

from importlib import import_module

from models.policies.task_policy import TaskPolicy

SHIPPED = {
    rules["name"]: TaskPolicy.model_validate(rules)
    for rules in import_module("migrations.versions.0002_the_task_complete").POLICIES
}
INDICATOR_REQUEST = SHIPPED["indicator_request"]
FOCAL_POINT_NAMING = SHIPPED["focal_point_naming"]
EXTENSION_DECISION = SHIPPED["extension_decision"]
