using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Documentation;

/// <summary>The documentation site, as <c>scripts/build-site.sh</c> builds it.</summary>
[Category("EveryVariant")]   // DocumentTests checks the links of the sources in every size; the site takes a minute of processor time.
[Platform("Linux")]
[NonParallelizable]          // The build writes into the source tree.
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed partial class SiteTests
{
    private const int TestTimeout = 900_000;

    private static readonly string Site = Repository.PathOf("artifacts", "site");

    // Ids of elements, by page.
    private readonly Dictionary<string, HashSet<string>> _anchors = [];

    private string _output = "";

    private static IEnumerable<string> Pages => Directory.EnumerateFiles(Site, "*.html", SearchOption.AllDirectories);

    [OneTimeSetUp]
    public async Task BuildTheSite()
    {
        using var limit = new CancellationTokenSource(TestTimeout);
        (var exitCode, _output) = await ProgramRun.RunAsync(Repository.PathOf("scripts/build-site.sh"), ["--configuration", "Debug"], limit.Token);
        exitCode.Should().Be(0, _output);
    }

    [Test]
    public void Build_has_no_warning() => Warning().Matches(_output).Should().BeEmpty();

    [TestCase("index.html")]
    [TestCase("docs/getting-started.html")]
    [TestCase("docs/troubleshooting.html")]
    [TestCase("docs/decisions/README.html")]
    [TestCase("projects/CHANGELOG.html")]
    [TestCase("projects/src/KernelGateway.Server/README.html")]
    [TestCase("api/KernelGateway.Contexts.CodeContext.html")]
    [TestCase("api/KernelGateway.Zmtp.Sockets.DealerSocket.html")]
    [TestCase("index.json")]
    public void Site_has_the_page(string page) => File.Exists(Path.Combine(Site, page)).Should().BeTrue();

    [Test]
    public void Every_public_type_has_a_page()
    {
        var types = Directory.EnumerateDirectories(Repository.PathOf("tests")).Select(project => Path.Combine(project, "PublicApi.txt"))
            .Where(File.Exists)
            .SelectMany(file => PublicType().Matches(File.ReadAllText(file)))
            .Select(type => type.Groups["type"].Value + (type.Groups["parameters"] is { Success: true, Value: var some } ? $"-{some.Split(',').Length}" : ""))
            .ToList();

        types.Should().HaveCountGreaterThan(200);
        types.Where(type => !File.Exists(Path.Combine(Site, "api", $"{type}.html"))).Should().BeEmpty();
    }

    [Test]
    public void Every_link_leads_to_a_page_and_an_element_of_it() =>
        Pages.SelectMany(page => References(page).Where(target => !IsElsewhere(target) && !LeadsSomewhere(page, target))
                .Select(target => $"{Path.GetRelativePath(Site, page)}: {target}"))
            .Should().BeEmpty();

    [Test]
    public void No_page_loads_anything_from_another_host()
    {
        var loaded = Pages.SelectMany(page => Loaded().Matches(File.ReadAllText(page))
            .Select(match => $"{Path.GetRelativePath(Site, page)}: {match.Value}"));
        var styles = Directory.EnumerateFiles(Site, "*.css", SearchOption.AllDirectories)
            .SelectMany(style => LoadedByStyle().Matches(File.ReadAllText(style)).Select(match => $"{Path.GetRelativePath(Site, style)}: {match.Value}"));

        loaded.Concat(styles).Should().BeEmpty();
    }

    private static IEnumerable<string> References(string page) =>
        Reference().Matches(File.ReadAllText(page)).Select(match => System.Net.WebUtility.HtmlDecode(match.Groups["target"].Value));

    private static bool IsElsewhere(string target) => Scheme().IsMatch(target);

    private bool LeadsSomewhere(string page, string target)
    {
        var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, "");
        var file = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(path.Split('?')[0])));
        if (Directory.Exists(file)) file = Path.Combine(file, "index.html");
        if (!File.Exists(file)) return false;
        return anchor.Length == 0 || AnchorsOf(file).Contains(Uri.UnescapeDataString(anchor));
    }

    private HashSet<string> AnchorsOf(string file)
    {
        if (!_anchors.TryGetValue(file, out var anchors))
        {
            anchors = [.. Anchor().Matches(File.ReadAllText(file)).Select(match => match.Groups["id"].Value)];
            _anchors.Add(file, anchors);
        }

        return anchors;
    }

    // The first line of a type in PublicApi.txt; its members are indented.
    [GeneratedRegex(@"^(?:[a-z][a-z ]* )?(?<type>[A-Z]\w*(?:\.\w+)+)(?:<(?<parameters>[^>]+)>)?", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    // docfx ends with "0 warning(s)".
    [GeneratedRegex(@".*(?<!\b0 )\bwarning.*", RegexOptions.IgnoreCase)]
    private static partial Regex Warning();

    [GeneratedRegex("""\s(?:href|src)="(?<target>[^"]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Reference();

    [GeneratedRegex("^(https?|mailto|data|javascript):", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    [GeneratedRegex("""\sid="(?<id>[^"]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Anchor();

    // Scripts, styles, images, fonts and frames; links that a reader follows are no such thing.
    [GeneratedRegex("""<(script|link|img|iframe|source|video|audio)\b[^>]*\s(src|href)="(https?:)?//[^>]*>""", RegexOptions.IgnoreCase)]
    private static partial Regex Loaded();

    [GeneratedRegex("""(@import|url\()\s*["']?(https?:)?//[^)]*""", RegexOptions.IgnoreCase)]
    private static partial Regex LoadedByStyle();
}
