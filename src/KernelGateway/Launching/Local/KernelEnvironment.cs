using System.Collections;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching.Users;

namespace KernelGateway.Launching.Local;

/// <summary>
/// Creates the environment of a kernel: inherited variables, then those of the kernelspec, then those of the caller.
/// </summary>
internal static class KernelEnvironment
{
    // The gateway's own configuration, tokens among it, is read from variables of this prefix.
    private const string OwnPrefix = "KERNELGATEWAY__";

    internal static Dictionary<string, string> Build(LaunchOptions options, KernelSpec spec, IReadOnlyDictionary<string, string> given, KernelUser? user = null)
    {
        foreach (var (name, value) in given) Check(name, value, user);

        var environment = Inherit(options.GetEnvironment(), options.InheritedEnvironment);
        user?.Replace(environment);
        // The values a kernelspec may refer to are the ones the kernel would have without it.
        var known = new Dictionary<string, string>(environment, StringComparer.Ordinal);
        foreach (var (name, value) in given) known[name] = value;
        foreach (var (name, value) in spec.Environment)
        {
            Check(name, value, user);
            environment[name] = EnvironmentTemplate.Substitute(value, known.GetValueOrDefault);
        }

        foreach (var (name, value) in given) environment[name] = value;
        return environment;
    }

    private static Dictionary<string, string> Inherit(IDictionary own, IEnumerable<string> patterns)
    {
        var allowed = patterns.ToArray();
        var inherited = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in own)
        {
            var name = (string)entry.Key;
            if (name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (allowed.Any(pattern => VariableName.IsMatch(pattern, name))) inherited[name] = (string?)entry.Value ?? "";
        }

        return inherited;
    }

    // The message names the variable but never shows its value.
    private static void Check(string name, string value, KernelUser? user)
    {
        if (string.IsNullOrEmpty(name)) throw new ArgumentException("An environment variable has an empty name.");
        if (!VariableName.IsPossible(name))
            throw new ArgumentException($"The environment variable name '{name.Replace('\0', '?')}' contains '=' or a NUL character.");
        if (value is null) throw new ArgumentException($"The environment variable '{name}' has no value.");
        if (value.Contains('\0')) throw new ArgumentException($"The value of the environment variable '{name}' contains a NUL character.");
        if (user is not null && KernelUser.FindProblem(name) is { } problem)
            throw new ArgumentException($"The environment variable '{name}' {problem}.");
    }
}
