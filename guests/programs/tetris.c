/* SPDX-License-Identifier: MIT */
/*
 * Tetris in the terminal: arrows or a, d, w, s move a piece, turn it, let it sink; space drops it,
 * q ends the game. Look for: the game waits for a key and for time together, and uses no CPU
 * meanwhile.
 *
 *   labvisor tetris.elf [seed [milliseconds]]      the same seed gives the same pieces
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if __STDC_HOSTED__
#include <poll.h>
#include <termios.h>
#include <unistd.h>
#else
#include <guest.h>
#endif

enum { WIDTH = 10, HEIGHT = 20, SIZE = 4, PIECES = 7 };

/* The pieces, as four rows of four cells: bit 0 is the first row's first. A piece turns in the
 * square of its size. */
static const struct shape {
    uint16_t cells;
    int size;
} shapes[PIECES] = {
    {0x00F0, 4}, {0x0033, 2}, {0x0036, 3}, {0x0063, 3}, {0x0072, 3}, {0x0074, 3}, {0x0071, 3},
};

static char well[HEIGHT][WIDTH]; /* 0: empty; the number of a piece, from 1 */
static struct piece {
    struct shape shape;
    int x, y;
    char number;
} piece;
static uint64_t random_state;
static int score, lines;

static int64_t now_ms(void);

/* Returns the next key; 0 if none came for so many milliseconds; EOF at the end of input. */
static int wait_key(int64_t ms);

#if __STDC_HOSTED__
static struct termios before;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void restore(void)
{
    tcsetattr(0, TCSANOW, &before);
}

/* Has the terminal give keys one by one, and not show them. */
static void start_keys(void)
{
    struct termios raw;

    if (tcgetattr(0, &before) != 0)
        return;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(0, TCSANOW, &raw);
    atexit(restore);
}

static int wait_key(int64_t ms)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    char key;

    if (poll(&input, 1, (int)ms) == 0)
        return 0;
    return read(0, &key, 1) == 1 ? key : EOF;
}
#else
static int64_t now_ms(void)
{
    return (int64_t)(time_ns() / NS_PER_MS);
}

static void start_keys(void)
{
}

static int wait_key(int64_t ms)
{
    char key;
    long got = console_read_for(&key, 1, (uint64_t)ms * NS_PER_MS);

    if (got < 0)
        return 0;
    return got == 1 ? key : EOF;
}
#endif

static int cell(const struct piece *p, int row, int column)
{
    return p->shape.cells >> (row * SIZE + column) & 1;
}

static int fits(const struct piece *p)
{
    for (int i = 0; i < SIZE * SIZE; i++) {
        int x = p->x + i % SIZE, y = p->y + i / SIZE;

        if (cell(p, i / SIZE, i % SIZE) && (x < 0 || x >= WIDTH || y >= HEIGHT || well[y][x]))
            return 0;
    }
    return 1;
}

/* Moves the piece if there is room. Returns whether there was. */
static int move(int dx, int dy)
{
    struct piece moved = piece;

    moved.x += dx;
    moved.y += dy;
    if (!fits(&moved))
        return 0;
    piece = moved;
    return 1;
}

static void turn(void)
{
    struct piece turned = piece;
    int size = piece.shape.size;

    turned.shape.cells = 0;
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++)
            if (cell(&piece, row, column))
                turned.shape.cells |= (uint16_t)(1 << (column * SIZE + size - 1 - row));
    if (fits(&turned))
        piece = turned;
}

/* Returns whether there is room for a new piece. */
static int new_piece(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    piece.number = (char)((random_state >> 33) % PIECES + 1);
    piece.shape = shapes[piece.number - 1];
    piece.x = (WIDTH - SIZE) / 2;
    piece.y = 0;
    return fits(&piece);
}

/* The piece becomes a part of the well; full rows vanish. */
static void settle(void)
{
    static const int points[] = {0, 40, 100, 300, 1200};
    int full = 0;

    for (int i = 0; i < SIZE * SIZE; i++)
        if (cell(&piece, i / SIZE, i % SIZE))
            well[piece.y + i / SIZE][piece.x + i % SIZE] = piece.number;
    for (int y = 0; y < HEIGHT; y++) {
        if (memchr(well[y], 0, WIDTH))
            continue;
        memmove(well[1], well[0], (size_t)y * WIDTH);
        memset(well[0], 0, WIDTH);
        full++;
    }
    lines += full;
    score += points[full];
}

static void draw(void)
{
    printf("\033[H");
    for (int y = 0; y < HEIGHT; y++) {
        printf("|");
        for (int x = 0; x < WIDTH; x++) {
            int row = y - piece.y, column = x - piece.x, number = well[y][x];

            if (row >= 0 && row < SIZE && column >= 0 && column < SIZE && cell(&piece, row, column))
                number = piece.number;
            fputs(number ? "[]" : " .", stdout);
        }
        printf("|\n");
    }
    printf("score %d, lines %d \n", score, lines);
    fflush(stdout);
}

/* Plays until no new piece fits, or the player has had enough. */
static void play(int64_t fall_ms)
{
    int64_t due = now_ms() + fall_ms;

    while (new_piece()) {
        int sinks = 1;

        while (sinks) {
            int64_t left = due - now_ms();

            draw();
            switch (left > 0 ? wait_key(left) : 0) {
            case 'a':
            case 'D': /* an arrow is ESC [ and this letter */
                move(-1, 0);
                break;
            case 'd':
            case 'C':
                move(1, 0);
                break;
            case 'w':
            case 'A':
                turn();
                break;
            case ' ':
                while (move(0, 1))
                    continue;
                sinks = 0;
                break;
            case 's':
            case 'B':
                sinks = move(0, 1);
                break;
            case 0:
                sinks = move(0, 1);
                due = now_ms() + fall_ms;
                break;
            case 'q':
            case EOF:
                return;
            }
        }
        settle();
    }
}

int main(int argc, char **argv)
{
    random_state = argc > 1 ? (uint64_t)atol(argv[1]) : (uint64_t)time(NULL);
    start_keys();
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ); /* one write a frame */
    printf("\033[2J");
    play(argc > 2 ? atol(argv[2]) : 500);
    draw();
    printf("the end\n");
    return 0;
}
