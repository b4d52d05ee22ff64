# Lists of tasks and the teams they are shared with: the policy of examples/oopsla/tinytodo.permit. `data.entities` has
# each entity's attributes and, as an object, everything it lies in, itself included.
package tinytodo

import rego.v1

default allow := false

teams := data.entities[input.principal].within

list := data.entities[input.resource].attrs

allow if input.action in {"CreateList", "GetLists"}

allow if list.owner == input.principal

allow if {
	input.action == "GetList"
	teams[list.readers]
}

allow if {
	input.action == "GetList"
	teams[list.editors]
}

allow if {
	input.action in {"UpdateList", "CreateTask", "UpdateTask", "DeleteTask"}
	teams[list.editors]
}
