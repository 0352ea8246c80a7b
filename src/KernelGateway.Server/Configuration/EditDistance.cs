namespace KernelGateway.Server.Configuration;

/// <summary>How far two names are apart: letters to insert, leave out or exchange (Levenshtein). Upper and lower case are the same.</summary>
internal static class EditDistance
{
    public static int Between(string one, string other)
    {
        var previous = Enumerable.Range(0, other.Length + 1).ToArray();
        var current = new int[other.Length + 1];
        for (var i = 1; i <= one.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var exchange = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1;
                current[j] = Math.Min(previous[j - 1] + exchange, 1 + Math.Min(previous[j], current[j - 1]));
            }

            (previous, current) = (current, previous);
        }

        return previous[other.Length];
    }
}
