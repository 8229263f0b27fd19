/*
 * fsync.c - how long this disk takes to keep 512 bytes, as a database log asks it to.
 *
 *	fsync DIR [N]		N (default 500) times pwrite and fdatasync of a 4 MiB file
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIZE (4 << 20)

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	char path[4096], block[512];
	size_t n = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 500;
	double *took = calloc(n + 1, sizeof *took);
	int fd;

	if (argc < 2 || n == 0 || took == NULL)
		return 64;
	(void)snprintf(path, sizeof path, "%s/fsync.XXXXXX", argv[1]);
	fd = mkstemp(path);
	if (fd < 0 || unlink(path) < 0 || posix_fallocate(fd, 0, SIZE) != 0)
		return 1;
	memset(block, 'y', sizeof block);
	for (size_t i = 0; i < n; i++) {
		double from = now_us();

		if (pwrite(fd, block, sizeof block, (off_t)(i * sizeof block % SIZE)) < 0 ||
		    fdatasync(fd) < 0)
			return 1;
		took[i] = now_us() - from;
	}
	qsort(took, n, sizeof *took, order);
	(void)printf("fdatasync of 512 bytes: p50 %.0f us, p99 %.0f us, worst %.0f us (%zu times)\n",
	    took[n / 2], took[n * 99 / 100], took[n - 1], n);
	free(took);
	return 0;
}
