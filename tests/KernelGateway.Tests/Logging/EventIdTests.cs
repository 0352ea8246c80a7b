using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Tests.Logging;

public sealed partial class EventIdTests
{
    // The first matching folder below src decides. The table in CONTRIBUTING.md has the same ranges.
    private static readonly (string Folder, int Thousands)[] Ranges =
    [
        ("KernelGateway.Zmtp/", 1),
        ("KernelGateway.NetMQ/", 1),
        ("KernelGateway.Protocol/", 2),
        ("KernelGateway/Contexts/", 4),
        ("KernelGateway/Executions/", 4),
        ("KernelGateway/Memory/", 4),
        ("KernelGateway/", 3),
        ("KernelGateway.AspNetCore/Envd/", 6),
        ("KernelGateway.AspNetCore/", 5),
        ("KernelGateway.Server/", 5),
        ("KernelGateway.SandboxServices/", 6),
        ("KernelGateway.ControlPlane/", 7),
        ("KernelGateway.ControlPlane.AspNetCore/", 7),
    ];

    private static readonly (string Path, string Id)[] Lines = [.. FindLines()];

    [Test]
    public void Every_log_line_of_the_sources_has_an_event_id_of_its_own()
    {
        Lines.Should().HaveCountGreaterThan(50).And.NotContain(line => line.Id.Length == 0, "every event id is a numeric literal");
        Lines.GroupBy(line => line.Id)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(line => line.Path))}")
            .Should().BeEmpty();
    }

    [Test]
    public void Event_ids_lie_in_the_range_of_their_project_and_folder()
    {
        Lines.Where(line => int.Parse(line.Id, CultureInfo.InvariantCulture) / 1000 != RangeOf(line.Path))
            .Select(line => $"{line.Id} in {line.Path} should be {RangeOf(line.Path)}xxx")
            .Should().BeEmpty();
    }

    private static int? RangeOf(string path)
    {
        foreach (var (folder, thousands) in Ranges)
        {
            if (path.StartsWith(folder, StringComparison.Ordinal)) return thousands;
        }

        return null;
    }

    private static IEnumerable<(string Path, string Id)> FindLines()
    {
        var root = Repository.PathOf("src");
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Full: path, Path: Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(file => !file.Path.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => LogLine().Matches(File.ReadAllText(file.Full)).Select(match => (file.Path, match.Groups["id"].Value)));
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(?<id>\d*)")]
    private static partial Regex LogLine();
}
