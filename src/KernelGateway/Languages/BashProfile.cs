using System.Text;

namespace KernelGateway.Languages;

/// <summary>Bash: <c>export</c> and <c>unset</c>, the old declarations are kept in a variable of the gateway.</summary>
internal sealed class BashProfile : LanguageProfile
{
    private BashProfile()
    {
    }

    public static BashProfile Instance { get; } = new();

    // declare -p writes declarations that bash itself reads back: exported or not, arrays too.
    public override string RestoreVariables =>
        """
        unset "${__kernelgateway_names[@]}"
        eval "$__kernelgateway_saved"
        unset __kernelgateway_names __kernelgateway_saved
        """;

    public override bool IsPossibleName(string name) =>
        (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    public override string SetVariables(IReadOnlyDictionary<string, string> variables)
    {
        CheckNames(variables.Keys, nameof(variables));
        var names = string.Join(' ', variables.Keys);
        var exports = string.Join('\n', variables.Select(variable => Export(variable.Key, variable.Value)));
        return $"""
            __kernelgateway_names=({names})
            __kernelgateway_saved=$(declare -p {names} 2>/dev/null)
            {exports}
            """;
    }

    public override string ChangeVariables(IReadOnlyDictionary<string, string?> changes)
    {
        CheckNames(changes.Keys, nameof(changes));
        return string.Join(
            '\n', changes.Select(change => change.Value is { } value ? Export(change.Key, value) : $"unset {change.Key}"));
    }

    private void CheckNames(IEnumerable<string> names, string parameterName)
    {
        if (names.FirstOrDefault(name => !IsPossibleName(name)) is { } impossible)
            throw new ArgumentException($"Bash cannot have a variable of the name '{impossible}'.", parameterName);
    }

    private static string Export(string name, string value) => $"export {name}={EscapeBytes(value)}";

    private static string EscapeBytes(string text) =>
        $"$'{string.Concat(Encoding.UTF8.GetBytes(text).Select(value => "\\" + Convert.ToString(value, 8).PadLeft(3, '0')))}'";
}
