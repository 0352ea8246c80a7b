namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>The names that Jupyter's routes of terminals can have.</summary>
internal static class TerminalName
{
    private const int MaxLength = 64;

    public static bool IsPossible(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(character => char.IsLetterOrDigit(character) || character == '_');
}
