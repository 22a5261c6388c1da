/** What test/fixtures/values/structs.c has, as a header declares it. */
export const DECLARED = `
typedef short int16_t; typedef unsigned long size_t;
struct point { int x; double y; };
enum color { RED, GREEN=5, BLUE };
union u { int i; float f; char c[8]; };
struct nest { struct point p; char name[12]; enum color col; union u u; int16_t list[3]; };
struct bits { unsigned a:3; int b:5; _Bool c:1; unsigned long d:40; };
struct __attribute__((packed)) pk { char c; double d; short s; };
struct point addp(struct point a, struct point b);
struct nest nst(struct nest n, int k);
struct bits bt(struct bits b);
struct pk pkf(struct pk p);
struct holder { char *text; struct point *at; const char **list; };
size_t hold(struct holder h);
enum color col(enum color c);
int matrix(int m[2][3]);
int total(const struct point *ps, int n);
void fill(struct point *p);
struct flex { int n; char data[]; };
int flexsum(struct flex *f);
int words(char **w);
`;
