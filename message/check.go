package message

import (
	"errors"
	"fmt"
	"reflect"
	"text/template/parse"
)

// viewNames are the variables an e-mail or a text message may use.
var viewNames = fieldNames(reflect.TypeFor[view](), map[string]bool{})

// fieldNames collects the field names of a struct and of the structs within it.
func fieldNames(t reflect.Type, names map[string]bool) map[string]bool {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return names
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			names[f.Name] = true
			fieldNames(f.Type, names)
		}
	}
	return names
}

// checkNames refuses a variable that no letter has, also in a branch that no sample reaches, and a
// loop over a number, which nothing could stop.
func checkNames(t *parse.Tree, names map[string]bool) error {
	if t == nil || t.Root == nil {
		return nil
	}
	var wrong error
	walk(t.Root, func(n parse.Node) {
		var ident []string
		switch n := n.(type) {
		case *parse.FieldNode:
			ident = n.Ident
		case *parse.ChainNode:
			ident = n.Field
		case *parse.VariableNode:
			ident = n.Ident[1:]
		case *parse.RangeNode:
			if loopsOverNumber(n) {
				wrong = errors.Join(wrong, fmt.Errorf("a loop over a number: %s", n.Pipe))
			}
		}
		for _, name := range ident {
			if !names[name] {
				location, _ := t.ErrorContext(n)
				wrong = errors.Join(wrong, fmt.Errorf("%s: there is no variable .%s", location, name))
			}
		}
	})
	return wrong
}

func loopsOverNumber(n *parse.RangeNode) bool {
	for _, cmd := range n.Pipe.Cmds {
		for _, arg := range cmd.Args {
			if arg.Type() == parse.NodeNumber {
				return true
			}
		}
	}
	return false
}

// walk calls f for every node of a template that can hold a variable.
func walk(n parse.Node, f func(parse.Node)) {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return
	}
	f(n)
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			walk(child, f)
		}
	case *parse.ActionNode:
		walk(n.Pipe, f)
	case *parse.TemplateNode:
		walk(n.Pipe, f)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, f)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, f)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, f)
	case *parse.PipeNode:
		for _, cmd := range n.Cmds {
			walk(cmd, f)
		}
	case *parse.CommandNode:
		for _, arg := range n.Args {
			walk(arg, f)
		}
	case *parse.ChainNode:
		walk(n.Node, f)
	}
}

func walkBranch(n *parse.BranchNode, f func(parse.Node)) {
	walk(n.Pipe, f)
	walk(n.List, f)
	walk(n.ElseList, f)
}
