/* SPDX-License-Identifier: MIT */
/*
 * A small Lisp: reads expressions, prints the value of each. Look for: programs are lists, so the
 * reader and the printer are those of data; a function is its text and the variables that it sees.
 *
 *   echo "(define (sq x) (* x x)) (sq 12)" | labvisor lisp.elf
 *
 * It has numbers, symbols, lists; quote, if, define, lambda; the functions of `names`. The empty
 * list is false, all else is true. It gives no memory back before its end.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { NIL, NUMBER, SYMBOL, PAIR, BUILTIN, CLOSURE };

typedef struct object *value;
struct object {
    enum kind kind;
    long number;    /* NUMBER; BUILTIN: the index of its name */
    char name[24];  /* SYMBOL */
    value car, cdr; /* PAIR; CLOSURE: (parameters . body), and the variables there */
};

/* The symbols with a meaning of their own: forms, and functions. */
enum { QUOTE, IF, DEFINE, LAMBDA, FORMS };
enum { ADD = FORMS, SUBTRACT, MULTIPLY, LESS, EQUAL, CONS, FIRST, REST, EMPTY, NAMES };
static const char *const names[NAMES] = {
    "quote", "if", "define", "lambda", "+", "-", "*", "<", "=", "cons", "first", "rest", "empty",
};
static value named[NAMES];

static struct object nothing;
static value nil = &nothing;
static value symbols = &nothing; /* all of them */
static value globals = &nothing; /* pairs (symbol . value) */

static _Noreturn void fail(const char *what, const char *which)
{
    printf("lisp: %s%s\n", what, which);
    exit(1);
}

static value make(enum kind kind, long number, value car, value cdr)
{
    value v = calloc(1, sizeof(*v));

    if (!v)
        fail("no memory is left", "");
    *v = (struct object){.kind = kind, .number = number, .car = car, .cdr = cdr};
    return v;
}

static value cons(value car, value cdr)
{
    return make(PAIR, 0, car, cdr);
}

static value first(value v)
{
    if (v->kind != PAIR)
        fail("a list that is not empty expected", "");
    return v->car;
}

static value rest(value v)
{
    first(v);
    return v->cdr;
}

static value second(value v)
{
    return first(rest(v));
}

/* Returns the one symbol of a name: so symbols are equal if their addresses are. */
static value symbol(const char *name)
{
    value v;

    for (v = symbols; v != nil; v = v->cdr)
        if (strcmp(v->car->name, name) == 0)
            return v->car;
    v = make(SYMBOL, 0, nil, nil);
    if (strlen(name) >= sizeof(v->name))
        fail("too long a name: ", name);
    strcpy(v->name, name);
    symbols = cons(v, symbols);
    return v;
}

/* ---- Text to values, and back ---- */

static int next_char(void)
{
    int c = getchar();

    while (isspace(c))
        c = getchar();
    return c;
}

static value read_atom(int c)
{
    char text[64], *end;
    size_t length = 0;
    long number;

    for (; c != EOF && !isspace(c) && c != '(' && c != ')'; c = getchar())
        if (length < sizeof(text) - 1)
            text[length++] = (char)c;
    ungetc(c, stdin);
    text[length] = '\0';
    number = strtol(text, &end, 10);
    return *end ? symbol(text) : make(NUMBER, number, nil, nil);
}

/* Reads a list, of which `c` is the first character after the `(` or an element. */
static value read_list(int c)
{
    value v;

    if (c == ')')
        return nil;
    if (c == EOF)
        fail("a ) is missing", "");
    v = c == '(' ? read_list(next_char()) : read_atom(c);
    return cons(v, read_list(next_char()));
}

static void print(value v)
{
    if (v->kind == NUMBER)
        printf("%ld", v->number);
    if (v->kind == SYMBOL)
        printf("%s", v->name);
    if (v->kind == BUILTIN || v->kind == CLOSURE)
        printf("<function>");
    if (v->kind != PAIR && v != nil)
        return;
    printf("(");
    for (; v->kind == PAIR; v = v->cdr) {
        print(v->car);
        if (v->cdr != nil)
            printf(v->cdr->kind == PAIR ? " " : " . ");
    }
    if (v != nil)
        print(v);
    printf(")");
}

/* ---- Evaluation ---- */

static long number(value v)
{
    if (v->kind != NUMBER)
        fail("a number expected", "");
    return v->number;
}

static value call(long builtin, value arguments)
{
    value a = first(arguments), b = rest(arguments) == nil ? nil : second(arguments);

    switch (builtin) {
    case ADD:
        return make(NUMBER, number(a) + number(b), nil, nil);
    case SUBTRACT:
        return make(NUMBER, number(a) - number(b), nil, nil);
    case MULTIPLY:
        return make(NUMBER, number(a) * number(b), nil, nil);
    case LESS:
        return number(a) < number(b) ? symbol("true") : nil;
    case EQUAL:
        return number(a) == number(b) ? symbol("true") : nil;
    case CONS:
        return cons(a, b);
    case FIRST:
        return first(a);
    case REST:
        return rest(a);
    default:
        return a == nil ? symbol("true") : nil;
    }
}

/* Returns the value of a variable: the innermost one of this name. */
static value lookup(value name, value variables)
{
    for (value v = variables; v != nil; v = v->cdr)
        if (v->car->car == name)
            return v->car->cdr;
    if (variables == globals)
        fail("there is no variable ", name->name);
    return lookup(name, globals);
}

/* Returns the variables in a function: its parameters with their values, and those around it. */
static value bind(value function, value arguments)
{
    value variables = function->cdr, name = first(function->car);

    for (; name != nil; name = rest(name), arguments = rest(arguments))
        variables = cons(cons(first(name), first(arguments)), variables);
    if (arguments != nil)
        fail("too many arguments", "");
    return variables;
}

static value eval(value v, value variables);

static value eval_each(value list, value variables)
{
    value v;

    if (list == nil)
        return nil;
    v = eval(first(list), variables);
    return cons(v, eval_each(rest(list), variables));
}

/* (define name value), or (define (name parameters) body). */
static value eval_define(value name, value body, value variables)
{
    value v = name->kind == PAIR ? make(CLOSURE, 0, cons(rest(name), body), variables)
                                 : eval(first(body), variables);

    if (name->kind == PAIR)
        name = first(name);
    globals = cons(cons(name, v), globals);
    return name;
}

/* The last expression of a function is evaluated by the loop: so a function that ends by calling
 * itself is a loop, too, and takes no stack. */
static value eval(value v, value variables)
{
    for (;;) {
        value function, arguments, body;

        if (v->kind == SYMBOL)
            return lookup(v, variables);
        if (v->kind != PAIR)
            return v;
        if (v->car == named[QUOTE])
            return second(v);
        if (v->car == named[DEFINE])
            return eval_define(second(v), rest(rest(v)), variables);
        if (v->car == named[LAMBDA])
            return make(CLOSURE, 0, rest(v), variables);
        if (v->car == named[IF]) {
            body = rest(rest(v));
            v = eval(second(v), variables) != nil ? first(body) : second(body);
            continue;
        }
        function = eval(v->car, variables);
        arguments = eval_each(v->cdr, variables);
        if (function->kind == BUILTIN)
            return call(function->number, arguments);
        if (function->kind != CLOSURE)
            fail("what is called is no function", "");
        variables = bind(function, arguments);
        for (body = rest(function->car); rest(body) != nil; body = rest(body))
            eval(first(body), variables);
        v = first(body);
    }
}

int main(void)
{
    int c;

    for (long i = 0; i < NAMES; i++) {
        named[i] = symbol(names[i]);
        if (i >= FORMS)
            globals = cons(cons(named[i], make(BUILTIN, i, nil, nil)), globals);
    }
    while ((c = next_char()) != EOF) {
        print(eval(c == '(' ? read_list(next_char()) : read_atom(c), nil));
        printf("\n");
    }
    return 0;
}
