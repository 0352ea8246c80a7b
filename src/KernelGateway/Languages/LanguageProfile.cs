namespace KernelGateway.Languages;

/// <summary>How variables of one execution are set and restored in a language.</summary>
/// <remarks>
/// Values travel as data inside ASCII text (base64, escaped bytes), never as source text, so no part of a value can be run as
/// code. No name is left in the user's namespace, and the user's code is not changed.
/// </remarks>
internal abstract class LanguageProfile
{
    /// <summary>Returns whether the language can set a variable of this name, of those that an environment can have.</summary>
    public virtual bool IsPossibleName(string name) => true;

    /// <summary>Gets a value indicating whether code reads its variables from the environment of its process.</summary>
    public virtual bool ReadsEnvironment => true;

    /// <summary>Returns code that remembers the present values of the variables and sets the new ones.</summary>
    /// <exception cref="ArgumentException">The language cannot have a variable of such a name
    /// (<see cref="IsPossibleName"/>).</exception>
    public abstract string SetVariables(IReadOnlyDictionary<string, string> variables);

    /// <summary>
    /// Returns code that restores the values that <see cref="SetVariables"/> has saved; variables that were not set before are
    /// removed.
    /// </summary>
    public abstract string RestoreVariables { get; }

    /// <summary>Returns code that sets variables for all code that follows, and removes those whose value is null.</summary>
    /// <exception cref="ArgumentException">The language cannot have a variable of such a name
    /// (<see cref="IsPossibleName"/>).</exception>
    public abstract string ChangeVariables(IReadOnlyDictionary<string, string?> changes);

    /// <summary>Finds the profile of a language by its name; null when there is none.</summary>
    public static LanguageProfile? Find(string? language) => language?.ToLowerInvariant() switch
    {
        "python" => PythonProfile.Instance,
        "javascript" or "typescript" => JavaScriptProfile.Instance,
        "r" => RProfile.Instance,
        "octave" => OctaveProfile.Instance,
        "bash" => BashProfile.Instance,
        "java" => JavaProfile.Instance,
        _ => null,
    };
}
