using System.Collections.Concurrent;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Kernelspecs;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Says which variables of a client's reach the kernel, and which of them speak to the gateway.</summary>
internal sealed partial class KernelVariables(IEnumerable<string> allowed, ILogger logger)
{
    private const string IdName = "KERNEL_ID";
    private const string WorkingDirectoryName = "KERNEL_WORKING_DIR";
    private const int MostNamesTold = 500;

    private readonly string[] _allowed = [.. allowed];
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ILogger _logger = logger;

    /// <summary>Gives the id that a client wants its kernel to have, as Enterprise Gateway's clients say it.</summary>
    /// <exception cref="JupyterBodyException">It is no UUID.</exception>
    public static string? IdIn(IReadOnlyDictionary<string, string>? variables) => CheckId($"env.{IdName}", variables?.GetValueOrDefault(IdName));

    /// <summary>Gives the directory that a client wants its kernel to start in: its own directory, which need not exist here.</summary>
    public static string? WorkingDirectoryIn(IReadOnlyDictionary<string, string>? variables) => variables?.GetValueOrDefault(WorkingDirectoryName);

    /// <exception cref="JupyterBodyException">It is no UUID.</exception>
    public static string? CheckId(string field, string? id) =>
        string.IsNullOrEmpty(id) ? null
        : Guid.TryParseExact(id, "D", out var guid) ? guid.ToString("D")
        : throw new JupyterBodyException($"'{field}' has to be a UUID in the form 00000000-0000-0000-0000-000000000000.");

    /// <summary>Gives those of the variables that may be set; null when there are none.</summary>
    public IReadOnlyDictionary<string, string>? Allow(IReadOnlyDictionary<string, string>? variables)
    {
        if (variables is null) return null;
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        var leftOut = new List<string>();
        foreach (var (name, value) in variables)
        {
            if (_allowed.Any(pattern => VariableName.IsMatch(pattern, name))) kept.Add(name, value);
            else leftOut.Add(name);
        }

        Tell(leftOut);
        return kept.Count == 0 ? null : kept;
    }

    // Once: a Jupyter server that is a client sends its own environment with every kernel.
    private void Tell(List<string> leftOut)
    {
        var news = leftOut.Where(name => _told.Count < MostNamesTold && _told.TryAdd(name, true)).ToArray();
        if (news.Length > 0) LogLeftOut(string.Join(", ", news));
    }

    [LoggerMessage(5021, LogLevel.Warning,
        "A client wanted to set variables for a kernel that AllowedEnvironment does not have; kernels are started without {Variables}.")]
    private partial void LogLeftOut(string variables);
}
