/*
 * standalone.c - a harness without an engine: runs files and all files of directories.
 *
 *	fuzz_<what> PATH...
 *
 * Every file is named before it runs, so that the last line says which one ended the process.
 * Exit 0 when all ran, 1 when something cannot be read or there is nothing to run.
 */
#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX ((size_t)16 << 20)

static unsigned long inputs;

static int
unreadable(const char *path)
{
	(void)fprintf(stderr, "%s: cannot be read\n", path);
	return -1;
}

static int
run_file(const char *path, size_t size)
{
	unsigned char *data = malloc(size > 0 ? size : 1); /* exactly as long: overruns show */
	FILE *f = fopen(path, "rb");
	bool whole = f != NULL && data != NULL && fread(data, 1, size, f) == size;

	if (f != NULL)
		(void)fclose(f);
	if (!whole) {
		free(data);
		return unreadable(path);
	}
	(void)printf("# %s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	inputs++;
	return 0;
}

static int
run_any(const char *path)
{
	struct dirent **names;
	struct stat st;
	int n, rc = 0;

	if (stat(path, &st) < 0)
		return unreadable(path);
	if (S_ISREG(st.st_mode))
		return (size_t)st.st_size > INPUT_MAX ? unreadable(path)
						      : run_file(path, (size_t)st.st_size);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return unreadable(path);
	for (int i = 0; i < n; i++) {
		char below[PATH_MAX];
		int len = snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);

		if (names[i]->d_name[0] != '.' && (len < 0 || (size_t)len >= sizeof below))
			rc = unreadable(path);
		else if (names[i]->d_name[0] != '.' && run_any(below) < 0)
			rc = -1;
		free(names[i]);
	}
	free(names);
	return rc;
}

int
main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		if (run_any(argv[i]) < 0)
			rc = -1;
	(void)printf("# %lu inputs\n", inputs);
	return rc == 0 && inputs > 0 ? 0 : 1;
}
