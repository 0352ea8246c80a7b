using System.Text;

namespace KernelGateway.Launching;

/// <summary>Replaces <c>${NAME}</c> and <c>$NAME</c> in the environment values of a kernelspec.</summary>
/// <remarks>As in Jupyter: <c>$$</c> is a dollar sign, and a name without a value stays as it is.</remarks>
internal static class EnvironmentTemplate
{
    internal static string Substitute(string template, Func<string, string?> lookUp)
    {
        if (!template.Contains('$')) return template;
        var result = new StringBuilder(template.Length);
        for (var i = 0; i < template.Length;)
        {
            if (template[i] != '$')
            {
                result.Append(template[i++]);
                continue;
            }

            var reference = ReadReference(template.AsSpan(i), out var name);
            result.Append(name switch
            {
                null => template.AsSpan(i, reference),
                "$" => "$",
                _ => lookUp(name) ?? template.AsSpan(i, reference),
            });
            i += reference;
        }

        return result.ToString();
    }

    /// <summary>Returns the length of the reference that starts here; name is null when it is only a dollar sign in the text.</summary>
    private static int ReadReference(ReadOnlySpan<char> text, out string? name)
    {
        name = null;
        if (text.Length < 2) return 1;
        if (text[1] == '$')
        {
            name = "$";
            return 2;
        }

        var isBraced = text[1] == '{';
        var start = isBraced ? 2 : 1;
        var end = start;
        while (end < text.Length && IsNameCharacter(text[end], isFirst: end == start)) end++;
        if (end == start || (isBraced && (end == text.Length || text[end] != '}'))) return 1;
        name = text[start..end].ToString();
        return isBraced ? end + 1 : end;
    }

    private static bool IsNameCharacter(char character, bool isFirst) =>
        char.IsAsciiLetter(character) || character == '_' || (!isFirst && char.IsAsciiDigit(character));
}
