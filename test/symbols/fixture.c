// A library for the symbolizer: what a name can be and where it can come from.
#define PUBLIC __attribute__((visibility("default"), noinline))

// A local and two global names at one address; of the globals the one that callers write wins.
__attribute__((noinline, used)) static int a_local(int x) { return x * 3; }
PUBLIC int __triple(int x) __attribute__((alias("a_local")));
PUBLIC int triple(int x) __attribute__((alias("a_local")));

// Only .symtab knows it.
__attribute__((noinline, used)) static int hidden(int x) { return x * 5 + 1; }
PUBLIC void *address_of_hidden(void) { return (void *)hidden; }

// A function inside another, as hand-written assembly has it, and one without a size.
__asm__(".text\n"
        ".globl outer, inner, sizeless\n"
        ".type outer, @function\n"
        ".type inner, @function\n"
        ".type sizeless, @function\n"
        "outer: nop; nop\n"
        "inner: nop; nop\n"
        ".size inner, .-inner\n"
        "nop; ret\n"
        ".size outer, .-outer\n"
        ".skip 16, 0xcc\n"
        "sizeless: nop; ret\n"
        ".skip 16, 0xcc\n");

// An ifunc and what it picks.
__attribute__((noinline, used)) static int picked(int x) { return x + 7; }
static int (*pick(void))(int) { return picked; }
PUBLIC int chosen(int x) __attribute__((ifunc("pick")));

// A default version: old linkers write versioned@@V2 into .symtab.
PUBLIC int versioned_impl(int x) { return x - 9; }
__asm__(".symver versioned_impl, versioned@@V2");
