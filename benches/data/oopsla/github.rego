# Repositories of organizations: the policy of examples/oopsla/github.permit. `data.entities` has each entity's attributes
# and, as an object, everything it lies in, itself included.
package github

import rego.v1

default allow := false

groups := data.entities[input.principal].within

repository := data.entities[input.resource].attrs

owner := data.entities[repository.owner].attrs

allow if {
	input.action == "read"
	groups[repository.readers]
}

allow if {
	input.action == "read"
	groups[owner.readers]
}

allow if {
	input.action in {"read", "triage"}
	groups[repository.triagers]
}

allow if {
	input.action in {"read", "triage", "write"}
	groups[repository.writers]
}

allow if {
	input.action in {"read", "triage", "write"}
	groups[owner.writers]
}

allow if {
	input.action in {"read", "triage", "write", "maintain"}
	groups[repository.maintainers]
}

allow if {
	input.action in {"read", "triage", "write", "maintain", "admin"}
	groups[repository.admins]
}

allow if {
	input.action in {"read", "triage", "write", "maintain", "admin"}
	groups[owner.admins]
}
