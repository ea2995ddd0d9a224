package render
import ("testing";"os";"fmt")
func TestTry(t *testing.T){
 r,err:=New(Options{}); if err!=nil{t.Fatal(err)}
 src,_:=os.ReadFile("/tmp/lesson.md")
 for _,a:=range []Audience{Teacher,Student}{
 p,err:=r.Render(src,View{Audience:a,Base:"/r/rosa/fractions",Folder:"01-strips",Source:"index.md"})
 if err!=nil{t.Fatal(err)}
 fmt.Println(p.HTML); for _,x:=range p.Problems{fmt.Println(x)}; fmt.Println(p.Outline,p.Images); fmt.Println(p.Text)
 }
}
