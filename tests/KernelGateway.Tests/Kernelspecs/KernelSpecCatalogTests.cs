using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Testing.Logging;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernelspecs;

[Platform("Linux")]
public sealed class KernelSpecCatalogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly KernelSpecCatalogOptions _options;

    public KernelSpecCatalogTests()
    {
        _environment["HOME"] = _directory.Combine("home");
        _options = new KernelSpecCatalogOptions { GetEnvironmentVariable = _environment.GetValueOrDefault };
    }

    private KernelSpecCatalog Catalog => new(_options);

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(10_000)]
    public async Task Named_pipe_in_place_of_a_kernelspec_is_reported_without_a_wait(CancellationToken cancellationToken)
    {
        _environment["JUPYTER_PATH"] = _directory.Combine("data");
        Directory.CreateDirectory(_directory.Combine("data", "kernels", "piped"));
        using (new Fifo(_directory.Combine("data", "kernels", "piped", "kernel.json")))
        {
            // After the disposal no process has the pipe open. A read that waited for a writer would never return.
        }

        var listing = await Task.Run(() => Catalog.ListAllAsync(cancellationToken), cancellationToken).WaitAsync(cancellationToken);

        listing.Broken.Should().ContainSingle(spec => spec.Name == "piped").Which.Problem.Should().Contain("is a named pipe");
    }

    [Test]
    public void Jupyters_places_are_searched_in_jupyters_order()
    {
        _environment["JUPYTER_PATH"] = "/first:/second";

        Catalog.SearchedDirectories.Should().Equal(
            "/first/kernels",
            "/second/kernels",
            $"{_environment["HOME"]}/.local/share/jupyter/kernels",
            "/usr/local/share/jupyter/kernels",
            "/usr/share/jupyter/kernels",
            $"{_environment["HOME"]}/.ipython/kernels");
    }

    [Test]
    public void Places_can_be_moved_by_the_variables_jupyter_knows()
    {
        _environment["JUPYTER_DATA_DIR"] = "/data";
        _environment["PYTHONUSERBASE"] = "/base";
        _environment["IPYTHONDIR"] = "/ipython";

        Catalog.SearchedDirectories.Should().Equal(
            "/data/kernels", "/base/share/jupyter/kernels", "/usr/local/share/jupyter/kernels", "/usr/share/jupyter/kernels", "/ipython/kernels");
    }

    [Test]
    public void Data_home_of_the_desktop_is_honoured()
    {
        _environment["XDG_DATA_HOME"] = "/xdg";

        Catalog.SearchedDirectories[0].Should().Be("/xdg/jupyter/kernels");
    }

    [Test]
    public void Platform_directories_are_used_when_asked_for()
    {
        _environment["JUPYTER_PLATFORM_DIRS"] = "1";
        _environment["XDG_DATA_DIRS"] = "/a:/b";

        Catalog.SearchedDirectories.Should().ContainInOrder("/a/jupyter/kernels", "/b/jupyter/kernels")
            .And.NotContain("/usr/share/jupyter/kernels");
    }

    [TestCase(null, true), TestCase("1", true), TestCase("yes", true), TestCase("no", false), TestCase("FALSE", false), TestCase("0.0", false)]
    public void Virtual_environment_has_precedence_over_the_user_by_default(string? wish, bool isFirst)
    {
        var prefix = Directory.CreateDirectory(_directory.Combine("venv")).FullName;
        _environment["VIRTUAL_ENV"] = prefix;
        if (wish is not null) _environment["JUPYTER_PREFER_ENV_PATH"] = wish;

        Catalog.SearchedDirectories.Take(2).Should().Equal(
            isFirst ? [InPrefix(prefix), InHome()] : [InHome(), InPrefix(prefix)]);
    }

    [TestCase("base", false), TestCase("work", true)]
    public void Conda_environment_comes_first_unless_it_is_the_base(string name, bool isFirst)
    {
        var prefix = Directory.CreateDirectory(_directory.Combine("conda")).FullName;
        _environment["CONDA_PREFIX"] = prefix;
        _environment["CONDA_DEFAULT_ENV"] = name;

        Catalog.SearchedDirectories[0].Should().Be(isFirst ? InPrefix(prefix) : InHome());
    }

    [Test]
    public void Extra_directories_come_first_and_each_directory_once()
    {
        _options.ExtraDirectories.Add("~/mine");
        _options.ExtraDirectories.Add("/usr/share/jupyter/kernels/");

        Catalog.SearchedDirectories[0].Should().Be($"{_environment["HOME"]}/mine");
        Catalog.SearchedDirectories.Select(path => path.TrimEnd('/')).Should().OnlyHaveUniqueItems();
    }

    [Test]
    public async Task First_of_several_with_one_name_is_used_ignoring_case()
    {
        Install("a", "Foo", """{"argv": ["first"], "display_name": "1", "language": "x"}""");
        Install("b", "foo", """{"argv": ["second"], "display_name": "2", "language": "x"}""");

        var specs = await Catalog.ListAsync();

        specs.Where(spec => spec.Name == "foo").Should().ContainSingle().Which.Argv.Should().Equal("first");
        (await Catalog.GetAsync("FOO")).ResourceDirectory.Should().Be(_directory.Combine("a", "Foo"));
    }

    [Test]
    public async Task Unusable_kernelspecs_are_left_out_and_listed_with_the_reason()
    {
        Install("a", "good", """{"argv": ["x"], "display_name": "Good", "language": "x"}""");
        Install("a", "bad", "{");
        Directory.CreateDirectory(_directory.Combine("a", "empty"));

        var listing = await Catalog.ListAllAsync();

        listing.KernelSpecs.Select(spec => spec.Name).Should().Contain("good").And.NotContain(["bad", "empty"]);
        listing.Broken.Should().ContainSingle(broken => broken.Name == "bad").Which.Problem.Should().Contain("not JSON");
        listing.Broken.Should().NotContain(broken => broken.Name == "empty", "a directory without kernel.json is not a kernelspec");
        listing.SearchedDirectories.Should().Equal(Catalog.SearchedDirectories);
    }

    [Test]
    public async Task Broken_kernelspec_hides_a_later_one_of_the_same_name_and_has_a_reason()
    {
        Install("a", "foo", """{"argv": "x"}""");
        Install("b", "foo", """{"argv": ["x"]}""");

        var getting = () => Catalog.GetAsync("foo");

        (await getting.Should().ThrowAsync<KernelSpecNotFoundException>()).WithMessage("*'argv' is not a non-empty list*a/foo*");
    }

    [Test]
    public async Task Unknown_name_lists_installed_kernelspecs_and_searched_directories()
    {
        Install("a", "one", """{"argv": ["x"]}""");
        Install("a", "two", """{"argv": ["x"]}""");

        var getting = () => Catalog.GetAsync("three");

        var failure = (await getting.Should().ThrowAsync<KernelSpecNotFoundException>()).Which;
        failure.RequestedName.Should().Be("three");
        failure.InstalledNames.Should().Contain(["one", "two"]);
        failure.SearchedPaths.Should().Equal(Catalog.SearchedDirectories);
        failure.Message.Should().ContainAll("three", "one", "two", _directory.Combine("a"), "/usr/share/jupyter/kernels");
        failure.IsTransient.Should().BeFalse();
    }

    [Test]
    public async Task Kernelspec_installed_meanwhile_is_found()
    {
        Install("a", "one", """{"argv": ["x"]}""");
        var catalog = Catalog;
        (await catalog.ListAsync()).Should().NotContain(spec => spec.Name == "late");

        Install("a", "late", """{"argv": ["x"]}""");

        (await catalog.ListAsync()).Should().Contain(spec => spec.Name == "late");
    }

    [Test]
    public async Task Only_allowed_kernelspecs_exist()
    {
        Install("a", "one", """{"argv": ["x"]}""");
        Install("a", "two", """{"argv": ["x"]}""");
        _options.AllowedKernelSpecs.Add("ONE");

        (await Catalog.ListAsync()).Select(spec => spec.Name).Should().Equal("one");
        var getting = () => Catalog.GetAsync("two");
        await getting.Should().ThrowAsync<KernelSpecNotFoundException>();
    }

    [Test]
    public void Unknown_language_is_named() =>
        KernelSpecNotFoundException.ForLanguage("cobol", [], ["/x"]).Message.Should()
            .ContainAll("cobol", "No kernelspec is installed", "/x");

    [Test]
    public async Task Problem_is_logged_when_it_is_news_and_not_at_every_listing()
    {
        var log = new LogCollector();
        var catalog = new KernelSpecCatalog(_options, log.CreateLogger<KernelSpecCatalog>());
        Install(InHome(), "kernel-1", "{}");
        await ListTwiceAsync();
        Install(InHome(), "kernel-1", "[]");
        await ListTwiceAsync();
        Install(InHome(), "kernel-1", """{"argv": ["x"]}""");
        await ListTwiceAsync();
        Install(InHome(), "kernel-1", "[]");
        await ListTwiceAsync();

        log.Entries.Where(entry => entry.EventId.Id == 3001).Should().HaveCount(3, "there are two problems, and the second occurred twice");

        async Task ListTwiceAsync()
        {
            await catalog.ListAsync();
            await catalog.ListAsync();
        }
    }

    private string InHome() => $"{_environment["HOME"]}/.local/share/jupyter/kernels";

    private static string InPrefix(string prefix) => $"{prefix}/share/jupyter/kernels";

    private void Install(string parent, string name, string json)
    {
        _directory.Write(Path.Combine(parent, name, "kernel.json"), json);
        if (!_options.ExtraDirectories.Contains(_directory.Combine(parent))) _options.ExtraDirectories.Add(_directory.Combine(parent));
    }
}
